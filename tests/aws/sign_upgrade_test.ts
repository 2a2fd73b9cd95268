import assert from "node:assert/strict";
import { signUpgrade } from "../../src/aws/sign_upgrade.ts";
import vectors from "../vectors/sigv4-data-channel.json" with { type: "json" };

const region = "us-east-1";
const now = new Date("2015-08-30T12:36:00Z");
const keys = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};

for (
  const [index, { url, sessionToken, headers }] of vectors.vectors.entries()
) {
  Deno.test(`signUpgrade gives the headers of AWS's own signer, vector ${index}`, () => {
    const credentials = { ...keys, ...(sessionToken && { sessionToken }) };
    assert.deepEqual(
      signUpgrade(url, { region, credentials, now }),
      Object.fromEntries(
        Object.entries(headers).map(([name, [value]]) => [name, value]),
      ),
    );
  });
}

Deno.test("signUpgrade leaves a URL alone that carries its own signature", () => {
  const url =
    "wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/s?X-Amz-Signature=abc";
  assert.deepEqual(signUpgrade(url, { region, credentials: keys, now }), {});
});

Deno.test("signUpgrade signs the port with the host", () => {
  const sign = (url: string) =>
    signUpgrade(url, { region, credentials: keys, now })["Authorization"];
  assert.notEqual(sign("ws://127.0.0.1:1/x"), sign("ws://127.0.0.1:2/x"));
  assert.equal(sign("wss://h/x"), sign("wss://h:443/x"));
});
