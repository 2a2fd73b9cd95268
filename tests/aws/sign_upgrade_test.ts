import assert from "node:assert/strict";
import { ECS } from "@aws-sdk/client-ecs";
import { signUpgrade } from "../../src/aws/sign_upgrade.ts";
import vectors from "../vectors/sigv4-data-channel.json" with { type: "json" };

const region = "us-east-1";
const { sha256 } = new ECS({ region }).config;
const now = new Date("2015-08-30T12:36:00Z");
const keys = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};

for (
  const [index, { url, sessionToken, headers }] of vectors.vectors.entries()
) {
  Deno.test(`signUpgrade gives the headers of AWS's own signer, vector ${index}`, async () => {
    const credentials = { ...keys, ...(sessionToken && { sessionToken }) };
    assert.deepEqual(
      await signUpgrade(url, { region, credentials, now, sha256 }),
      Object.fromEntries(
        Object.entries(headers).map(([name, [value]]) => [name, value]),
      ),
    );
  });
}

Deno.test("signUpgrade leaves a URL alone that carries its own signature", async () => {
  const url =
    "wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/s?X-Amz-Signature=abc";
  assert.deepEqual(
    await signUpgrade(url, { region, credentials: keys, now, sha256 }),
    {},
  );
});

Deno.test("signUpgrade signs the port with the host", async () => {
  const sign = async (url: string) => {
    const signer = { region, credentials: keys, now, sha256 };
    return (await signUpgrade(url, signer))["Authorization"];
  };
  assert.notEqual(
    await sign("ws://127.0.0.1:1/x"),
    await sign("ws://127.0.0.1:2/x"),
  );
  assert.equal(await sign("wss://h/x"), await sign("wss://h:443/x"));
});

Deno.test("signUpgrade encodes what a session's id may have of its user's name", async () => {
  const url = "wss://h/v1/data-channel/me@example.com-0f?role=x";
  const credentials = {
    accessKeyId: "A",
    secretAccessKey: "B",
    sessionToken: "T+/=",
  };
  const headers = await signUpgrade(url, { region, credentials, now, sha256 });
  assert.match(
    headers["Authorization"]!,
    /Signature=153ef11ef1398dde5aafdc838d8855c3f7220546fb75ce5f286235364d5b0f5e$/,
  );
});
