import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  CLIENT_VERSION,
  createHandshake,
  type Handshake,
  STREAM_SESSIONS,
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
  }, STREAM_SESSIONS);
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
  assert.ok(!handshake.isUnderWay());
  const reply = await handshake.answerRequest(
    request(sessionType("Standard_Stream"), kms),
  );
  assert.equal(reply.payloadType, PayloadType.handshakeResponse);
  assert.deepEqual(parse(reply.payload), {
    ...exchange.handshakeResponse,
    ClientVersion: CLIENT_VERSION,
  });
  assert.deepEqual(asked, [KeyId]);
  assert.ok(handshake.isUnderWay());
  assert.notDeepEqual(handshake.encrypt(Buffer.from("x")), Buffer.from("x"));
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
  assert.deepEqual(handshake.encrypt(Buffer.from("x")), Buffer.from("x"));
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
  assert.throws(
    () => handshake.answerChallenge(challenge),
    MalformedMessage,
    "a second one is not answered",
  );
});

// --- one handshake, one key, before any output

for (
  const [name, ...actions] of [
    ["two keys", kms, kms],
    ["a key among others", sessionType("Standard_Stream"), kms, kms],
    ["3000 keys", ...Array.from({ length: 3000 }, () => kms)],
    [
      "3000 session types",
      ...Array.from({ length: 3000 }, () => sessionType("Standard_Stream")),
    ],
  ]
) {
  Deno.test(`a request for ${name} is malformed, and KMS is not asked`, async () => {
    const { handshake, asked } = handshakeWithKms();
    await assert.rejects(
      handshake.answerRequest(request(...actions)),
      MalformedMessage,
    );
    assert.deepEqual(asked, []);
  });
}

for (
  const [name, before] of [
    [
      "while the first is being answered",
      (handshake) => void handshake.answerRequest(request(kms)),
    ],
    ["behind an answer", (handshake) => handshake.answerRequest(request(kms))],
    [
      "behind a complete handshake",
      async (handshake) => {
        await handshake.answerRequest(request(kms));
        handshake.complete(Buffer.from("{}"));
      },
    ],
    [
      "behind one without a key",
      (handshake) => handshake.answerRequest(request(sessionType("x"))),
    ],
    [
      "behind a malformed one",
      (handshake) => handshake.answerRequest(Buffer.from("x")).catch(() => {}),
    ],
    ["behind output", (handshake) => handshake.decrypt(Buffer.from("x"))],
  ] satisfies [string, (handshake: Handshake) => unknown][]
) {
  Deno.test(`a request ${name} is malformed, and KMS is not asked again`, async () => {
    const { handshake, asked } = handshakeWithKms();
    await before(handshake);
    const askedBefore = asked.length;
    await assert.rejects(
      handshake.answerRequest(request(kms)),
      MalformedMessage,
    );
    assert.equal(asked.length, askedBefore);
  });
}

Deno.test("output while the key is not there is malformed, and clear output never follows", async () => {
  const { handshake } = handshakeWithKms();
  const answering = handshake.answerRequest(request(kms));
  const clear = Buffer.from("x".repeat(40));
  assert.throws(() => handshake.decrypt(clear), MalformedMessage);
  await answering;
  assert.throws(() => handshake.decrypt(clear), MalformedMessage);
  handshake.complete(Buffer.from("{}"));
  assert.throws(() => handshake.decrypt(clear), MalformedMessage);
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
    '{"RequestedClientActions":[{"ActionType":"KMSEncryption","ActionParameters":{"KMSKeyId":""}}]}',
    '{"RequestedClientActions":[{"ActionType":"KMSEncryption","ActionParameters":{"KMSKeyId":"a\\u001b[2J"}}]}',
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

Deno.test("the administrator's text is read where there is one", async () => {
  for (
    const [value, text] of [
      [
        { HandshakeTimeToComplete: 1, CustomerMessage: "Be careful" },
        "Be careful",
      ],
      [{ HandshakeTimeToComplete: 1 }, ""],
      [{ CustomerMessage: null }, ""],
    ] as const
  ) {
    const { handshake } = handshakeWithKms();
    await handshake.answerRequest(request(kms));
    const payload = Buffer.from(JSON.stringify(value));
    assert.equal(handshake.complete(payload), text);
    assert.ok(!handshake.isUnderWay());
    assert.throws(() => handshake.complete(payload), MalformedMessage);
  }
  const { handshake } = handshakeWithKms();
  assert.throws(
    () => handshake.complete(Buffer.from("{}")),
    MalformedMessage,
    "before it has begun",
  );
  await handshake.answerRequest(request(kms));
  assert.throws(
    () => handshake.complete(Buffer.from("x")),
    MalformedMessage,
  );
});
