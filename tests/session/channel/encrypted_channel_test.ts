import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createEncryption } from "../../../src/session/channel/encryption.ts";
import {
  MalformedMessage,
  PayloadType,
} from "../../../src/session/channel/message.ts";
import { type FakeClock, startFakeClock } from "./fake_clock.ts";
import {
  createFakeLine,
  type FakeLine,
  type LineOptions,
  type OpenChannel,
  outputFrame,
} from "./fake_line.ts";

const dataKey = Buffer.from(Array.from({ length: 64 }, (_, index) => index));
const agent = createEncryption(
  Buffer.concat([dataKey.subarray(32), dataKey.subarray(0, 32)]),
);
const request = JSON.stringify({
  AgentVersion: "3.3",
  RequestedClientActions: [
    {
      ActionType: "SessionType",
      ActionParameters: { SessionType: "InteractiveCommands" },
    },
    { ActionType: "KMSEncryption", ActionParameters: { KMSKeyId: "key" } },
  ],
});

async function withHandshake(
  body: (line: FakeLine, open: OpenChannel, clock: FakeClock) => Promise<void>,
  createDataKey: LineOptions["createDataKey"] = () =>
    Promise.resolve({ plaintext: dataKey, ciphertext: Buffer.from("blob") }),
): Promise<void> {
  using clock = startFakeClock();
  const line = createFakeLine(clock, { createDataKey });
  const open = await line.open();
  line.current().deliver(
    outputFrame(0, request, { payloadType: PayloadType.handshakeRequest }),
  );
  await clock.advance(0);
  await body(line, open, clock);
  open.channel.close();
  await clock.advance(60_000);
  assert.equal(clock.running(), 0);
}

const completeFrame = (sequence: number) =>
  outputFrame(sequence, "{}", { payloadType: PayloadType.handshakeComplete });

const inputs = (line: FakeLine) =>
  line.current().messages.filter(({ messageType }) =>
    messageType === "input_stream_data"
  );

Deno.test("behind a handshake Output is encrypted both ways, Size is not", async () => {
  await withHandshake(async (line, open) => {
    const [response] = inputs(line);
    assert.equal(response?.payloadType, PayloadType.handshakeResponse);
    assert.equal(response?.sequenceNumber, 0);
    const challenge = {
      Challenge: Buffer.from(agent.encrypt(Buffer.from("prove it"))).toString(
        "base64",
      ),
    };
    const { current } = line;
    current().deliver(
      outputFrame(1, JSON.stringify(challenge), {
        payloadType: PayloadType.challengeRequest,
      }),
    );
    const proof = inputs(line)[1];
    assert.equal(proof?.payloadType, PayloadType.challengeResponse);
    assert.equal(
      Buffer.from(agent.decrypt(
        Buffer.from(
          JSON.parse(proof?.payload.toString() ?? "").Challenge,
          "base64",
        ),
      )).toString(),
      "prove it",
    );
    current().deliver(
      outputFrame(
        2,
        '{"HandshakeTimeToComplete":1,"CustomerMessage":"Be nice"}',
        { payloadType: PayloadType.handshakeComplete },
      ),
    );
    assert.deepEqual(open.notices, ["Be nice"]);
    current().deliver(outputFrame(3, agent.encrypt(Buffer.from("secret"))));
    assert.equal(open.output(), "secret");
    await open.channel.write(Buffer.from("ls\r"));
    open.channel.send(PayloadType.size, Buffer.from("{}"));
    const [, , keys, size] = inputs(line);
    assert.equal(
      Buffer.from(agent.decrypt(keys?.payload ?? Buffer.alloc(0))).toString(),
      "ls\r",
    );
    assert.equal(size?.payload.toString(), "{}");
  });
});

Deno.test("a resent message is the same ciphertext, not a second one", async () => {
  await withHandshake(async (line, open, clock) => {
    line.current().deliver(completeFrame(1));
    await open.channel.write(Buffer.from("x"));
    await clock.advance(700);
    const [, first, ...again] = inputs(line).filter(({ payloadType }) =>
      payloadType === PayloadType.output
    );
    for (const one of again) assert.deepEqual(one, first);
    assert.ok(inputs(line).length > 2);
  });
});

Deno.test("input waits for the end of a handshake, whose agent would drop it, and is never sent in the clear", async () => {
  const key = Promise.withResolvers<
    { plaintext: Uint8Array; ciphertext: Uint8Array }
  >();
  await withHandshake(async (line, open, clock) => {
    let written = false;
    void open.channel.write(Buffer.from("secret")).then(() => written = true);
    open.channel.sendSize(Buffer.from("{}"));
    await clock.advance(5_000);
    assert.deepEqual(inputs(line), []);
    key.resolve({ plaintext: dataKey, ciphertext: Buffer.from("blob") });
    await clock.advance(0);
    assert.equal(inputs(line).length, 1, "only the answer to the handshake");
    assert.ok(!written);
    line.current().deliver(completeFrame(1));
    await clock.advance(0);
    assert.ok(written);
    const [, size, keys] = inputs(line);
    assert.equal(size?.payload.toString(), "{}");
    assert.equal(
      Buffer.from(agent.decrypt(keys?.payload ?? Buffer.alloc(0))).toString(),
      "secret",
    );
  }, () => key.promise);
});

Deno.test("output before the key is there ends the session, also output in the clear behind it", async () => {
  await withHandshake(async (line, open, clock) => {
    line.current().deliver(outputFrame(1, "clear"));
    await clock.advance(0);
    const end = open.end();
    assert.ok(end?.kind === "lost" && end.reason instanceof MalformedMessage);
    assert.equal(open.output(), "");
  }, () => new Promise(() => {}));
});

Deno.test("a second handshake ends the session, and KMS is asked once", async () => {
  let asked = 0;
  await withHandshake(async (line, open, clock) => {
    line.current().deliver(completeFrame(1));
    line.current().deliver(
      outputFrame(2, request, { payloadType: PayloadType.handshakeRequest }),
    );
    await clock.advance(0);
    const end = open.end();
    assert.ok(end?.kind === "lost" && end.reason instanceof MalformedMessage);
    assert.equal(asked, 1);
  }, () => {
    asked++;
    return Promise.resolve({
      plaintext: dataKey,
      ciphertext: Buffer.from("blob"),
    });
  });
});

Deno.test("clear bytes where encrypted ones are due end the session", async () => {
  await withHandshake(async (line, open, clock) => {
    line.current().deliver(outputFrame(1, "x".repeat(40)));
    await clock.advance(0);
    const end = open.end();
    assert.ok(end?.kind === "lost" && end.reason instanceof MalformedMessage);
    assert.equal(open.output(), "");
  });
});

Deno.test("what KMS refuses ends the session with its own error", async () => {
  const refusal = new Error("kms:GenerateDataKey on key: denied");
  await withHandshake(async (_line, open) => {
    assert.deepEqual(open.end(), { kind: "lost", reason: refusal });
    await Promise.resolve();
  }, () => Promise.reject(refusal));
});
