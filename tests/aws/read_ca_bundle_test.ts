import assert from "node:assert/strict";
import { readCaBundle } from "../../src/aws/read_ca_bundle.ts";

const PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const named = (name: string) =>
  name === "AWS_CA_BUNDLE" ? "/certs/ca.pem" : undefined;

Deno.test("readCaBundle reads what AWS_CA_BUNDLE names", async () => {
  assert.equal(await readCaBundle(named, () => Promise.resolve(PEM)), PEM);
  assert.equal(
    await readCaBundle(() => undefined, () => Promise.reject(new Error())),
    undefined,
  );
});

const failures: readonly [string, () => Promise<string>, RegExp][] = [
  [
    "missing",
    () => Promise.reject(new Deno.errors.NotFound("x")),
    /there is no such file$/,
  ],
  [
    "unreadable",
    () => Promise.reject(new Deno.errors.PermissionDenied("not yours")),
    /not yours$/,
  ],
  ["no PEM", () => Promise.resolve("hello"), /it holds no PEM certificate$/],
];
for (const [name, read, reason] of failures) {
  Deno.test(`readCaBundle names the variable and the path of a bundle: ${name}`, async () => {
    await assert.rejects(readCaBundle(named, read), (error) => {
      assert.match(String(error), reason);
      assert.match(String(error), /AWS_CA_BUNDLE, "\/certs\/ca.pem"/);
      return true;
    });
  });
}
