import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  CLIENT_VERSION,
  createHandshake,
  readCustomerMessage,
} from "../../../src/session/channel/handshake.ts";
import { createEncryption } from "../../../src/session/channel/encryption.ts";
import {
  MalformedMessage,
  PayloadType,
} from "../../../src/session/channel/message.ts";
import { propertyRuns } from "../property_runs.ts";
import { readVector, readVectorLines } from "./read_vector.ts";

interface KeyExchangeVector {
  readonly generateDataKey: { readonly KeyId: string };
  readonly handshakeResponse: {
    readonly ProcessedClientActions: readonly unknown[];
  };
}

interface CipherVector {
  readonly dataKeyHex: string;
  readonly challenge: { plaintextHex: string; requestWireHex: string };
}

const exchange = readVector<KeyExchangeVector>("kms-handshake.json");
const cipher = readVector<CipherVector>("kms-aes-gcm.json");
const plaintext = Buffer.from(cipher.dataKeyHex, "hex");
const { KeyId } = exchange.generateDataKey;

/** A handshake whose KMS answers; the ids it was asked for. */
function handshakeWithKms() {
  const asked: string[] = [];
  const handshake = createHandshake((keyId) => {
    asked.push(keyId);
    return Promise.resolve({
      plaintext,
      ciphertext: Buffer.from("cipherblob"),
    });
  });
  return { handshake, asked };
}

function request(...actions: unknown[]): Uint8Array {
  return Buffer.from(
    JSON.stringify({ AgentVersion: "3.3", RequestedClientActions: actions }),
  );
}

const sessionType = (type: string) => ({
  ActionType: "SessionType",
  ActionParameters: { SessionType: type, Properties: null },
});
const kms = {
  ActionType: "KMSEncryption",
  ActionParameters: { KMSKeyId: KeyId, Challenge: "" },
};

const parse = (payload: Uint8Array) =>
  JSON.parse(Buffer.from(payload).toString());

Deno.test("the answer to a KMS handshake is AWS's own but for the version", async () => {
  const { handshake, asked } = handshakeWithKms();
  assert.equal(handshake.encryption(), undefined);
  const reply = await handshake.answerRequest(
    request(sessionType("Standard_Stream"), kms),
  );
  assert.equal(reply.payloadType, PayloadType.handshakeResponse);
  assert.deepEqual(parse(reply.payload), {
    ...exchange.handshakeResponse,
    ClientVersion: CLIENT_VERSION,
  });
  assert.deepEqual(asked, [KeyId]);
  assert.ok(handshake.encryption());
});

Deno.test("the recorded handshake request gets the recorded answer", async () => {
  const frames = readVectorLines("handshake-pty.jsonl");
  const payloadOf = (type: number) =>
    Buffer.from(
      frames.find(({ decoded }) => decoded.payloadType === type)?.hex ?? "",
      "hex",
    ).subarray(120);
  const { handshake, asked } = handshakeWithKms();
  const reply = await handshake.answerRequest(
    payloadOf(PayloadType.handshakeRequest),
  );
  const recorded = parse(payloadOf(PayloadType.handshakeResponse));
  assert.deepEqual(parse(reply.payload), {
    ...recorded,
    ClientVersion: CLIENT_VERSION,
  });
  assert.deepEqual(asked, []);
  assert.equal(handshake.encryption(), undefined);
});

Deno.test("the version claimed is one that AWS still supports", () => {
  assert.match(CLIENT_VERSION, /^1\.2\.(76[4-9]|7[7-9]\d|[89]\d\d)\.0$/);
});

for (
  const action of [
    { ActionType: "Teleport", ActionParameters: {} },
    { ActionType: "Teleport" },
    sessionType("Port"),
    sessionType("Nonsense"),
  ]
) {
  Deno.test(`${JSON.stringify(action)} is unsupported`, async () => {
    const { handshake } = handshakeWithKms();
    const { payload } = await handshake.answerRequest(request(action));
    const [processed] = parse(payload).ProcessedClientActions;
    assert.equal(processed.ActionType, action.ActionType);
    assert.equal(processed.ActionStatus, 3);
    assert.match(processed.Error, new RegExp(action.ActionType));
  });
}

Deno.test("the challenge is decrypted and encrypted with the other key", async () => {
  const { handshake } = handshakeWithKms();
  await handshake.answerRequest(request(kms));
  const { plaintextHex, requestWireHex } = cipher.challenge;
  const reply = handshake.answerChallenge(Buffer.from(JSON.stringify({
    Challenge: Buffer.from(requestWireHex, "hex").toString("base64"),
  })));
  assert.equal(reply.payloadType, PayloadType.challengeResponse);
  const agent = createEncryption(
    Buffer.concat([plaintext.subarray(32), plaintext.subarray(0, 32)]),
  );
  const answered = agent.decrypt(
    Buffer.from(parse(reply.payload).Challenge, "base64"),
  );
  assert.equal(Buffer.from(answered).toString("hex"), plaintextHex);
});

Deno.test("a challenge before its key is malformed; one made with another key names the KMS key", async () => {
  const { handshake } = handshakeWithKms();
  const challenge = Buffer.from(
    JSON.stringify({ Challenge: Buffer.alloc(92).toString("base64") }),
  );
  assert.throws(() => handshake.answerChallenge(challenge), MalformedMessage);
  await handshake.answerRequest(request(kms));
  assert.throws(
    () => handshake.answerChallenge(challenge),
    /Cannot encrypt the session: .* "arn:aws:kms:us-east-1:1:key\/x"/,
  );
});

Deno.test("what KMS refuses is passed on as it is", async () => {
  const refusal = new Error("AccessDenied kms:GenerateDataKey");
  const handshake = createHandshake(() => Promise.reject(refusal));
  await assert.rejects(handshake.answerRequest(request(kms)), refusal);
});

for (
  const text of [
    "",
    "nonsense",
    "null",
    "[]",
    "{}",
    '{"RequestedClientActions":{}}',
    '{"RequestedClientActions":[null]}',
    '{"RequestedClientActions":["x"]}',
    '{"RequestedClientActions":[{}]}',
    '{"RequestedClientActions":[{"ActionType":"KMSEncryption"}]}',
    '{"RequestedClientActions":[{"ActionType":"KMSEncryption","ActionParameters":{}}]}',
  ]
) {
  Deno.test(`the handshake request ${JSON.stringify(text)} is malformed`, async () => {
    const { handshake, asked } = handshakeWithKms();
    await assert.rejects(
      handshake.answerRequest(Buffer.from(text)),
      MalformedMessage,
    );
    assert.deepEqual(asked, []);
  });
}

Deno.test("no JSON of any shape does worse than MalformedMessage", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.json(),
      fc.array(fc.jsonValue()),
      async (text, list) => {
        for (
          const payload of [
            text,
            JSON.stringify({ RequestedClientActions: list }),
          ]
        ) {
          await handshakeWithKms().handshake.answerRequest(Buffer.from(payload))
            .catch((error) =>
              assert.ok(error instanceof MalformedMessage, error)
            );
        }
      },
    ),
    propertyRuns(),
  );
});

Deno.test("the administrator's text is read where there is one", () => {
  const read = (value: unknown) =>
    readCustomerMessage(Buffer.from(JSON.stringify(value)));
  assert.equal(
    read({ HandshakeTimeToComplete: 1, CustomerMessage: "Be careful" }),
    "Be careful",
  );
  assert.equal(read({ HandshakeTimeToComplete: 1 }), "");
  assert.equal(read({ CustomerMessage: null }), "");
  assert.throws(() => readCustomerMessage(Buffer.from("x")), MalformedMessage);
});
