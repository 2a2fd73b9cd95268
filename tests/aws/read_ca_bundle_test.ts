import assert from "node:assert/strict";
import { readCaBundle } from "../../src/aws/read_ca_bundle.ts";

const PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const named = (name: string) =>
  name === "AWS_CA_BUNDLE" ? "/certs/ca.pem" : undefined;

Deno.test("readCaBundle reads what AWS_CA_BUNDLE names", async () => {
  assert.deepEqual(await readCaBundle(named, () => Promise.resolve(PEM)), {
    name: "AWS_CA_BUNDLE",
    path: "/certs/ca.pem",
    pem: PEM,
  });
  assert.equal(
    await readCaBundle(() => undefined, () => Promise.reject(new Error())),
    undefined,
  );
});

Deno.test("a profile's ca_bundle counts where AWS_CA_BUNDLE is not set, and is named", async () => {
  const profile = {
    name: "dev",
    settings: new Map([["ca_bundle", "/profile/ca.pem"]]),
  };
  const read = (path: string) => Promise.resolve(`${PEM}${path}`);
  const own = await readCaBundle(() => undefined, read, profile);
  assert.equal(own?.path, "/profile/ca.pem");
  const other = await readCaBundle(named, read, profile);
  assert.equal(other?.path, "/certs/ca.pem");
  await assert.rejects(
    readCaBundle(
      () => undefined,
      () => Promise.reject(new Deno.errors.NotFound("x")),
      profile,
    ),
    {
      code: "config_invalid",
      message:
        'Cannot use the certificates of ca_bundle of profile "dev", "/profile/ca.pem": there is no such file',
    },
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
  ["no PEM", () => Promise.resolve("hello"), /it contains no PEM certificate$/],
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
