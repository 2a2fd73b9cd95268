import assert from "node:assert/strict";
import { ECSClient } from "@aws-sdk/client-ecs";
import { presignUpgrade } from "../../src/aws/sign_upgrade.ts";
import { verifySignature } from "../sandbox/verify_signature.ts";

const { vectors } = JSON.parse(
  Deno.readTextFileSync(
    new URL("../vectors/sigv4-data-channel.json", import.meta.url),
  ),
) as {
  readonly vectors: readonly {
    readonly url: string;
    readonly sessionToken: string;
  }[];
};

for (const { url, sessionToken } of vectors) {
  Deno.test(`a signature in the query is accepted for its seconds: ${url} ${sessionToken}`, async () => {
    const credentials = {
      accessKeyId: "AKIDEXAMPLE",
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
      ...(sessionToken === "" ? {} : { sessionToken }),
    };
    const { config } = new ECSClient({ region: "us-east-1", credentials });
    const signed = await presignUpgrade(url, {
      region: "us-east-1",
      credentials,
      now: new Date("2015-08-30T12:36:00Z"),
      sha256: config.sha256,
    }, 60);
    const { host } = new URL(url);
    const check = (target: string, now: string) =>
      verifySignature({ method: "GET", target, headers: { host }, body: "" }, {
        service: "ssmmessages",
        region: "us-east-1",
        now: Date.parse(now),
        findCredentials: () => credentials,
      }).kind;
    const target = signed.slice(signed.indexOf("/v1"));
    assert.equal(check(target, "2015-08-30T12:36:59Z"), "signed");
    assert.equal(check(target, "2015-08-30T12:37:01Z"), "refused");
    assert.equal(
      check(target.replace("/v1/", "/v2/"), "2015-08-30T12:36:30Z"),
      "refused",
    );
    assert.equal(
      check(target.replace("=60&", "=90&"), "2015-08-30T12:36:30Z"),
      "refused",
    );
  });
}

Deno.test("a URL that carries a signature already stays as it is", async () => {
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "key" };
  const { config } = new ECSClient({ region: "us-east-1", credentials });
  const signer = {
    region: "us-east-1",
    credentials,
    now: new Date("2015-08-30T12:36:00Z"),
    sha256: config.sha256,
  };
  const plain = "wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/s1";
  const signed = await presignUpgrade(plain, signer, 60);
  assert.notEqual(signed, plain);
  assert.equal(await presignUpgrade(signed, signer, 60), signed);
  const lower = `${plain}?x-amz-signature=a`;
  assert.equal(await presignUpgrade(lower, signer, 60), lower);
});
