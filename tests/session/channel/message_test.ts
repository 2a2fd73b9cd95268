import { encodeMessage } from "./encode_message.ts";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  decodeMessage,
  MalformedMessage,
  type Message,
} from "../../../src/session/channel/message.ts";
import { propertyRuns } from "../property_runs.ts";
import { readVector, readVectorLines } from "./read_vector.ts";

interface SizeVector {
  readonly messageId: string;
  readonly createdDate: number;
  readonly sequenceNumber: number;
  readonly payloadType: number;
  readonly payload: string;
  readonly hex: string;
}

Deno.test("a Size message is what AWS's own encoder writes, to the byte", () => {
  const vector = readVector<SizeVector>("size-message.json");
  const message: Message = {
    type: "input_stream_data",
    createdAt: vector.createdDate,
    sequence: vector.sequenceNumber,
    flags: 0,
    id: vector.messageId,
    payloadType: vector.payloadType,
    payload: Buffer.from(vector.payload),
  };
  const wire = Buffer.from(vector.hex, "hex");
  assert.equal(Buffer.from(encodeMessage(message)).toString("hex"), vector.hex);
  assert.deepEqual(decodeMessage(wire), message);
});

for (
  const file of [
    "no-handshake-pty.jsonl",
    "handshake-pty.jsonl",
    "noninteractive-exit7.jsonl",
  ]
) {
  Deno.test(`every recorded frame of ${file} is read and written back`, () => {
    const frames = readVectorLines(file).filter(({ ws }) => ws === "binary");
    assert.ok(frames.length > 5);
    for (const { hex, decoded, dir } of frames) {
      const message = decodeMessage(Buffer.from(hex, "hex"));
      assert.deepEqual(
        {
          type: message.type,
          createdAt: message.createdAt,
          sequence: message.sequence,
          flags: message.flags,
          id: message.id,
          payloadType: message.payloadType,
          length: message.payload.length,
        },
        {
          type: decoded.messageType,
          createdAt: decoded.createdDate,
          sequence: decoded.sequenceNumber,
          flags: decoded.flags,
          id: decoded.messageId,
          payloadType: decoded.payloadType,
          length: decoded.payloadLength,
        },
        dir,
      );
      assert.equal(Buffer.from(encodeMessage(message)).toString("hex"), hex);
    }
  });
}

const anyNumber = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const anyMessage: fc.Arbitrary<Message> = fc.record({
  type: fc.stringMatching(/^[a-z_]{1,32}$/),
  createdAt: anyNumber,
  sequence: anyNumber,
  flags: anyNumber,
  id: fc.uuid(),
  payloadType: fc.nat({ max: 0xffff_ffff }),
  payload: fc.uint8Array({ maxLength: 2000 }),
}, { noNullPrototype: true });

Deno.test("any message comes back from its bytes", () => {
  fc.assert(
    fc.property(anyMessage, fc.nat({ max: 9 }), (message, offset) => {
      const wire = encodeMessage(message);
      const elsewhere = new Uint8Array(wire.length + offset);
      elsewhere.set(wire, offset);
      assert.deepEqual(decodeMessage(elsewhere.subarray(offset)), message);
    }),
    propertyRuns(),
  );
});

const whole = encodeMessage({
  type: "output_stream_data",
  createdAt: 1,
  sequence: 2,
  flags: 0,
  id: "00112233-4455-6677-8899-aabbccddeeff",
  payloadType: 1,
  payload: Buffer.from("payload"),
});

/** The whole message with some bytes changed. */
function damaged(change: (bytes: Buffer) => Uint8Array | void): Uint8Array {
  const bytes = Buffer.from(whole);
  return change(bytes) ?? bytes;
}

for (
  const [name, bytes, said] of [
    ["nothing", new Uint8Array(0), /0 bytes is shorter/],
    ["a part of the header", whole.subarray(0, 119), /119 bytes is shorter/],
    [
      "a header of 115 bytes",
      damaged((b) => void b.writeUInt32BE(115, 0)),
      /header of 115/,
    ],
    [
      "a header of 4 GB",
      damaged((b) => void b.writeUInt32BE(0xffffffff, 0)),
      /header of 4294967295/,
    ],
    [
      "a header longer than the message",
      damaged((b) => void b.writeUInt32BE(whole.length, 0)),
      /does not fit/,
    ],
    [
      "a payload of 4 GB",
      damaged((b) => void b.writeUInt32BE(0xffffffff, 116)),
      /claims to have 4294967295/,
    ],
    [
      "a payload cut short",
      whole.subarray(0, whole.length - 1),
      /of 6 bytes claims to have 7/,
    ],
    ["bytes too many", damaged((b) => Buffer.concat([b, b])), /claims/],
    ["a changed payload", damaged((b) => void (b[120]! ^= 1)), /digest/],
    ["a changed digest", damaged((b) => void (b[111]! ^= 1)), /digest/],
    [
      "a negative sequence number",
      damaged((b) => void b.fill(0xff, 48, 56)),
      /out of range/,
    ],
  ] as const
) {
  Deno.test(`${name} is no message`, () => {
    assert.throws(() => decodeMessage(bytes), (error) => {
      assert.ok(error instanceof MalformedMessage);
      assert.match(error.message, said);
      return true;
    });
  });
}

Deno.test("a longer header of a later agent is stepped over", () => {
  const longer = Buffer.concat([
    whole.subarray(0, 116),
    Buffer.alloc(8),
    whole.subarray(116),
  ]);
  longer.writeUInt32BE(124, 0);
  assert.equal(
    Buffer.from(decodeMessage(longer).payload).toString(),
    "payload",
  );
});

Deno.test("a payload of 1 MiB is read, and not a byte more", () => {
  const mebibyte = 1024 * 1024;
  const write = (length: number) =>
    encodeMessage({
      ...decodeMessage(whole),
      payload: new Uint8Array(length),
    });
  assert.equal(decodeMessage(write(mebibyte)).payload.length, mebibyte);
  assert.throws(() => decodeMessage(write(mebibyte + 1)), MalformedMessage);
});

function readsOrSaysWhy(bytes: Uint8Array): void {
  try {
    decodeMessage(bytes);
  } catch (error) {
    assert.ok(error instanceof MalformedMessage, String(error));
  }
}

Deno.test("random bytes never do worse than MalformedMessage", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), readsOrSaysWhy),
    propertyRuns(),
  );
});

Deno.test("a message with random bytes in it never does worse either", () => {
  const anyPatch = fc.tuple(
    fc.nat({ max: whole.length - 1 }),
    fc.uint8Array({ minLength: 1, maxLength: 12 }),
  );
  fc.assert(
    fc.property(
      fc.array(anyPatch, { minLength: 1, maxLength: 4 }),
      (patches) =>
        readsOrSaysWhy(damaged((bytes) => {
          for (const [at, patch] of patches) {
            bytes.set(patch.subarray(0, bytes.length - at), at);
          }
        })),
    ),
    propertyRuns(),
  );
});
