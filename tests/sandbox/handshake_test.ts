import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { GenerateDataKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  type ChannelClient,
  type ClientOptions,
  makeSdkConfig,
} from "./channel_client.ts";
import { decryptPayload, encryptPayload } from "./channel_crypto.ts";
import { type Message, payloadTypes } from "./message_codec.ts";
import type { Sandbox } from "./sandbox.ts";
import { withSession } from "./with_session.ts";

const shapes = JSON.parse(
  Deno.readTextFileSync(
    new URL("../vectors/kms-handshake.json", import.meta.url),
  ),
);

function find(
  client: ChannelClient,
  payloadType: number,
): Message | undefined {
  return client.messages.find((one) => one.payloadType === payloadType);
}

async function read(
  client: ChannelClient,
  payloadType: number,
): Promise<Record<string, unknown>> {
  await client.waitFor(() => find(client, payloadType) !== undefined);
  return JSON.parse(find(client, payloadType)?.payload.toString() ?? "{}");
}

function answer(client: ChannelClient, payloadType: number, value: unknown) {
  client.send(payloadType, Buffer.from(JSON.stringify(value)));
}

Deno.test("a handshake settles the session type and brings the customer's message", () =>
  withSession("echo done", async (client) => {
    const request = await read(client, payloadTypes.handshakeRequest);
    assert.deepEqual(request["RequestedClientActions"], [{
      ActionType: "SessionType",
      ActionParameters: {
        SessionType: "InteractiveCommands",
        Properties: null,
      },
    }]);
    // Other input is acknowledged and dropped meanwhile.
    client.type("dropped\n");
    await client.waitFor((one) => one.acknowledged().length === 1);
    answer(client, payloadTypes.handshakeResponse, {
      ...shapes.handshakeResponse,
      ProcessedClientActions: [
        shapes.handshakeResponse.ProcessedClientActions[0],
      ],
    });
    const complete = await read(client, payloadTypes.handshakeComplete);
    assert.equal(complete["CustomerMessage"], "Be careful.");
    await client.closed();
    assert.equal(client.output().toString(), "done\r\n");
  }, { customerMessage: "Be careful." }));

Deno.test("an action that failed ends the session", () =>
  withSession("echo done", async (client) => {
    await read(client, payloadTypes.handshakeRequest);
    answer(client, payloadTypes.handshakeResponse, {
      ClientVersion: "1.2.764.0",
      ProcessedClientActions: [{
        ActionType: "SessionType",
        ActionStatus: 3,
        ActionResult: null,
        Error: "unsupported",
      }],
      Errors: null,
    });
    assert.match(await client.closed(), /SessionType: unsupported/);
  }, { handshake: true }));

/** Does the key exchange as AWS's client does it. */
async function exchangeKeys(
  client: ChannelClient,
  sandbox: Sandbox,
  context: Readonly<Record<string, string>>,
): Promise<Buffer> {
  const request = await read(client, payloadTypes.handshakeRequest);
  const actions = request["RequestedClientActions"] as readonly {
    readonly ActionType: string;
    readonly ActionParameters: { readonly KMSKeyId?: string };
  }[];
  assert.equal(actions[1]?.ActionType, "KMSEncryption");
  const kms = new KMSClient(makeSdkConfig(sandbox));
  const key = await kms.send(
    new GenerateDataKeyCommand({
      KeyId: actions[1]?.ActionParameters.KMSKeyId,
      NumberOfBytes: 64,
      EncryptionContext: context,
    }),
  ).finally(() => kms.destroy());
  const response = structuredClone(shapes.handshakeResponse);
  response.ProcessedClientActions[1].ActionResult.KMSCipherTextKey = Buffer
    .from(key.CiphertextBlob ?? []).toString("base64");
  answer(client, payloadTypes.handshakeResponse, response);
  return Buffer.from(key.Plaintext ?? []);
}

function targetOf(client: ChannelClient, sandbox: Sandbox) {
  const task = sandbox.tasks("worker")[0];
  return {
    "aws:ssm:SessionId": client.sessionId,
    "aws:ssm:TargetId": `ecs:default_${task?.taskId}_${
      task?.runtimeIds["worker"]
    }`,
  };
}

Deno.test("with KMS the key is agreed on, the challenge answered, and Output encrypted both ways", async () => {
  let dataKey: Buffer = Buffer.alloc(64);
  const clientOptions: ClientOptions = {
    decrypt: (payload) =>
      decryptPayload(dataKey.subarray(0, 32), payload) ?? Buffer.from("?"),
  };
  await withSession(
    "sh -c 'stty -echo; printf RDY; read x; echo got $x'",
    async (client, sandbox) => {
      dataKey = await exchangeKeys(client, sandbox, targetOf(client, sandbox));
      const { Challenge } = await read(
        client,
        payloadTypes.encChallengeRequest,
      );
      const clear = decryptPayload(
        dataKey.subarray(0, 32),
        Buffer.from(String(Challenge), "base64"),
      );
      answer(client, payloadTypes.encChallengeResponse, {
        Challenge: encryptPayload(
          dataKey.subarray(32),
          clear ?? Buffer.alloc(0),
        ).toString("base64"),
      });
      await read(client, payloadTypes.handshakeComplete);
      await client.waitFor((one) => one.output().includes("RDY"));
      client.resize(80, 24);
      client.send(
        payloadTypes.output,
        encryptPayload(dataKey.subarray(32), Buffer.from("secret\n")),
      );
      assert.equal(await client.closed(), "");
      assert.equal(client.output().toString(), "RDYgot secret\r\n");
    },
    { kms: true },
    clientOptions,
  );
});

Deno.test("a wrong answer to the challenge, or another encryption context, ends the session", async () => {
  await withSession("echo no", async (client, sandbox) => {
    await exchangeKeys(client, sandbox, targetOf(client, sandbox));
    await read(client, payloadTypes.encChallengeRequest);
    answer(client, payloadTypes.encChallengeResponse, { Challenge: "AAAA" });
    assert.match(await client.closed(), /challenge/i);
    assert.equal(client.output().length, 0);
  }, { kms: true });
  await withSession("echo no", async (client, sandbox) => {
    await exchangeKeys(client, sandbox, { "aws:ssm:SessionId": "other" });
    assert.match(await client.closed(), /KMSEncryption/);
  }, { kms: true });
});

Deno.test("KMS faults: a refused key, and an agent with another key", async () => {
  await withSession("echo no", async (client, sandbox) => {
    await assert.rejects(
      exchangeKeys(client, sandbox, targetOf(client, sandbox)),
      { name: "AccessDeniedException", message: /kms:GenerateDataKey/ },
    );
  }, { kms: { fault: "denied" } });
  await withSession("echo no", async (client, sandbox) => {
    const key = await exchangeKeys(client, sandbox, targetOf(client, sandbox));
    const { Challenge } = await read(client, payloadTypes.encChallengeRequest);
    const wire = Buffer.from(String(Challenge), "base64");
    assert.equal(decryptPayload(key.subarray(0, 32), wire), undefined);
  }, { kms: { fault: "wrong-key" } });
});
