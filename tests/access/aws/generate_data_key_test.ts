import assert from "node:assert/strict";
import type { SessionGrant } from "../../../src/access/access.ts";
import { generateDataKey } from "../../../src/access/aws/generate_data_key.ts";
import type { Aws } from "../../../src/aws/create_aws.ts";

const ID = "11111111-2222-3333-4444-555555555555";
const ARN = `arn:aws:kms:us-east-1:1:key/${ID}`;
const OTHER = "arn:aws:kms:us-east-1:1:key/66666666";
const GRANT: SessionGrant = {
  sessionId: "s-1",
  streamUrl: "wss://x",
  tokenValue: "t",
  target: "ecs:main_1_r",
  cluster: "arn:aws:ecs:us-east-1:1:cluster/main",
};

/** Asks for a key where the cluster is set to `setting`. */
function ask(
  { asked = ARN, setting, length = 64, denied = false }: {
    readonly asked?: string;
    readonly setting?: string;
    readonly length?: number;
    readonly denied?: boolean;
  },
) {
  const call = (_service: string, operation: string) => {
    if (operation === "generateDataKey") {
      return Promise.resolve({
        Plaintext: new Uint8Array(length),
        CiphertextBlob: new Uint8Array(3),
        KeyId: asked.startsWith("arn:aws:kms") ? asked : ARN,
      });
    }
    if (denied) return Promise.reject(new Error("denied"));
    const executeCommandConfiguration = { kmsKeyId: setting };
    return Promise.resolve({
      clusters: [{ configuration: { executeCommandConfiguration } }],
    });
  };
  return generateDataKey(
    { call } as unknown as Pick<Aws, "call">,
    asked,
    GRANT,
  );
}

Deno.test("a session is encrypted with the key that its cluster is set to, however that names it", async () => {
  for (const setting of [undefined, ARN, ID, "alias/exec"]) {
    const { plaintext } = await ask(setting === undefined ? {} : { setting });
    assert.equal(plaintext.length, 64);
  }
  // Who may not look at the cluster takes the agent's word.
  await ask({ setting: OTHER, denied: true });
});

Deno.test("a session that asks for another key than its cluster's is not trusted", async () => {
  for (const setting of [OTHER, "66666666"]) {
    await assert.rejects(ask({ setting }), {
      code: "session_refused",
      message: /the cluster is set to/,
    });
  }
});

Deno.test("a key that is too short or too long is none", async () => {
  for (const length of [0, 32, 63, 65]) {
    await assert.rejects(ask({ length }), { code: "session_refused" });
  }
});
