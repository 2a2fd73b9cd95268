import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  decodeFrame,
  encodeFrame,
  FrameError,
  Opcode,
} from "../../../src/session/channel/web_socket_frames.ts";
import { propertyRuns } from "../property_runs.ts";
import { serverFrame } from "./start_frame_server.ts";

const anyPayload = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.constantFrom(0, 125, 126, 65_535, 65_536, 100_000).map((length) =>
    new Uint8Array(length).fill(7)
  ),
);

Deno.test("a server's frame of any length is read, and only when it is whole", () => {
  fc.assert(
    fc.property(
      anyPayload,
      fc.boolean(),
      fc.uint8Array({ maxLength: 20 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (payload, final, behind, place) => {
        const wire = serverFrame(Opcode.binary, payload, final);
        const decoded = decodeFrame(Buffer.concat([wire, behind]));
        assert.equal(decoded?.size, wire.length);
        assert.equal(decoded?.frame.final, final);
        assert.equal(decoded?.frame.opcode, Opcode.binary);
        assert.ok(
          Buffer.from(payload).equals(decoded?.frame.payload ?? Buffer.of(1)),
        );
        assert.equal(
          decodeFrame(wire.subarray(0, Math.floor(place * wire.length))),
          undefined,
        );
      },
    ),
    propertyRuns(0.3),
  );
});

Deno.test("our frames are final, masked, and unmask to what was given", () => {
  const masks = new Set<string>();
  fc.assert(
    fc.property(anyPayload, (payload) => {
      const wire = Buffer.from(encodeFrame(Opcode.binary, payload));
      assert.equal(wire[0], 0x82);
      assert.ok((wire[1]! & 0x80) !== 0);
      const start = wire.length - payload.length;
      const mask = wire.subarray(start - 4, start);
      masks.add(mask.toString("hex"));
      const plain = wire.subarray(start).map((byte, at) =>
        byte ^ mask[at % 4]!
      );
      assert.ok(Buffer.from(payload).equals(plain));
      const short = wire[1]! & 0x7f;
      const length = short < 126
        ? short
        : short === 126
        ? wire.readUInt16BE(2)
        : Number(wire.readBigUInt64BE(2));
      assert.equal(length, payload.length);
    }),
    propertyRuns(0.3),
  );
  assert.ok(masks.size > 50, "masks are random");
});

for (
  const [name, bytes] of [
    ["an extension's bit", [0xc2, 0]],
    ["a mask", [0x82, 0x80, 0, 0, 0, 0]],
    ["an unknown opcode", [0x83, 0]],
    ["a long ping", [0x89, 126, 0, 200]],
    ["a ping in parts", [0x09, 0]],
    ["2^63 bytes", [0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0]],
    ["5 MiB", [0x82, 127, 0, 0, 0, 0, 0, 0x50, 0, 0]],
  ] as const
) {
  Deno.test(`a frame with ${name} is refused`, () => {
    assert.throws(() => decodeFrame(Uint8Array.from(bytes)), FrameError);
  });
}

Deno.test("random bytes are a frame, a part of one, or refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        const decoded = decodeFrame(bytes);
        assert.ok(decoded === undefined || decoded.size <= bytes.length);
      } catch (error) {
        assert.ok(error instanceof FrameError);
      }
    }),
    propertyRuns(),
  );
});
