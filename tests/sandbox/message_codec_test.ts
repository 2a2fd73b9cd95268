import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { decodeMessage, encodeMessage, payloadTypes } from "./message_codec.ts";

const vectors = new URL("../vectors/", import.meta.url);

type Frame = {
  readonly dir: string;
  readonly ws: string;
  readonly hex: string;
  readonly decoded: Readonly<Record<string, unknown>>;
};

function readFrames(name: string): readonly Frame[] {
  return Deno.readTextFileSync(new URL(name, vectors)).trim().split("\n")
    .map((line) => JSON.parse(line) as Frame)
    .filter((frame) => frame.ws === "binary");
}

for (
  const name of [
    "no-handshake-pty.jsonl",
    "handshake-pty.jsonl",
    "noninteractive-exit7.jsonl",
  ]
) {
  Deno.test(`every frame of ${name} is read and written byte for byte`, () => {
    for (const { hex, decoded } of readFrames(name)) {
      const frame = Buffer.from(hex, "hex");
      const result = decodeMessage(frame);
      assert.equal(result.kind, "message");
      if (result.kind !== "message") return;
      const { message } = result;
      for (
        const field of [
          "messageType",
          "schemaVersion",
          "createdDate",
          "sequenceNumber",
          "flags",
          "messageId",
          "payloadType",
        ] as const
      ) assert.equal(message[field], decoded[field], field);
      assert.equal(encodeMessage(message).frame.toString("hex"), hex);
    }
  });
}

Deno.test("a Size message is AWS's own encoder's, byte for byte", () => {
  const vector = JSON.parse(
    Deno.readTextFileSync(new URL("size-message.json", vectors)),
  );
  const { frame } = encodeMessage({
    messageType: "input_stream_data",
    messageId: vector.messageId,
    createdDate: vector.createdDate,
    sequenceNumber: vector.sequenceNumber,
    payloadType: payloadTypes.size,
    payload: Buffer.from(vector.payload),
  });
  assert.equal(frame.toString("hex"), vector.hex);
});

Deno.test("broken frames are refused with the reason", () => {
  const { frame } = encodeMessage({
    messageType: "input_stream_data",
    payload: Buffer.from("hello"),
  });
  const spoil = (offset: number) => {
    const copy = Buffer.from(frame);
    copy[offset] = (copy[offset] ?? 0) ^ 1;
    return decodeMessage(copy);
  };
  for (const offset of [0, 3, 80, 111, 116, 119, 124]) {
    assert.equal(spoil(offset).kind, "error", `byte ${offset}`);
  }
  assert.equal(decodeMessage(frame.subarray(0, 119)).kind, "error");
  assert.equal(decodeMessage(frame.subarray(0, -1)).kind, "error");
  assert.equal(decodeMessage(Buffer.alloc(0)).kind, "error");
});

Deno.test("what is written is read back", () => {
  fc.assert(fc.property(
    fc.uint8Array({ maxLength: 2000 }),
    fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    fc.uuid(),
    (payload, sequenceNumber, messageId) => {
      const result = decodeMessage(
        encodeMessage({
          messageType: "output_stream_data",
          sequenceNumber,
          messageId,
          payload,
        }).frame,
      );
      assert.equal(result.kind, "message");
      if (result.kind !== "message") return;
      assert.equal(result.message.sequenceNumber, sequenceNumber);
      assert.equal(result.message.messageId, messageId);
      assert.deepEqual(
        new Uint8Array(result.message.payload),
        new Uint8Array(payload),
      );
    },
  ));
});
