import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import fc from "fast-check";
import { MalformedMessage } from "../../../src/session/channel/message.ts";
import {
  createFrameReader,
  encodeFrame,
  FrameCommand,
} from "../../../src/session/port/stream_frame.ts";
import {
  muxCommands,
  takeMuxFrames,
  writeMuxFrame,
} from "../../sandbox/mux_frames.ts";
import vectors from "../../vectors/port-streams.json" with { type: "json" };

/** Reads everything, and joins the data of each frame again. */
function readAll(pieces: Iterable<Uint8Array>): readonly string[] {
  const seen: string[] = [];
  const read = createFrameReader(({ command, streamId, data }) =>
    seen.push(`${command} ${streamId} ${data.toHex()}`)
  );
  for (const piece of pieces) read(piece);
  return seen;
}

Deno.test("frames are AWS's own, byte for byte", () => {
  const [open, data, end] = vectors.client;
  const request = new TextEncoder().encode(vectors.request);
  assert.equal(request.length, 84);
  assert.equal(encodeFrame(FrameCommand.syn, 3).toHex(), open!.hex);
  assert.equal(
    encodeFrame(FrameCommand.psh, 3, request).toHex(),
    data!.hex + request.toHex(),
  );
  assert.equal(encodeFrame(FrameCommand.fin, 3).toHex(), end!.hex);
  assert.equal(encodeFrame(FrameCommand.nop, 0).toHex(), vectors.nop);
});

const frames = fc.array(
  fc.record({
    command: fc.constantFrom(...Object.values(muxCommands)),
    id: fc.integer({ min: 0, max: 0xffff_ffff }),
    data: fc.uint8Array({ maxLength: 300 }),
  }),
  { maxLength: 20 },
);

Deno.test("what another implementation writes is read, wherever it is cut", () => {
  fc.assert(fc.property(frames, fc.infiniteStream(fc.nat(40)), (all, cuts) => {
    const bytes = new Uint8Array(all.flatMap(({ command, id, data }) => [
      ...writeMuxFrame(
        command,
        id,
        command === muxCommands.psh ? data : undefined,
      ),
    ]));
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length;) {
      const size = 1 + (cuts.next().value ?? 0);
      pieces.push(bytes.subarray(at, at + size));
      at += size;
    }
    const joined = new Map<number, string>();
    for (const line of readAll(pieces)) {
      const [command, id = "", data] = line.split(" ");
      if (command !== String(FrameCommand.psh)) continue;
      joined.set(+id, (joined.get(+id) ?? "") + data);
    }
    for (const id of new Set(all.map(({ id }) => id))) {
      const expected = all.filter((frame) =>
        frame.id === id && frame.command === muxCommands.psh
      ).map(({ data }) => data.toHex()).join("");
      assert.equal(joined.get(id) ?? "", expected);
    }
  }));
});

Deno.test("another implementation reads what is written", () => {
  fc.assert(fc.property(frames, (all) => {
    const bytes = new Uint8Array(all.flatMap(({ command, id, data }) => [
      ...encodeFrame(command, id, data),
    ]));
    const taken = takeMuxFrames(Buffer.from(bytes));
    assert.deepEqual(
      taken?.frames.map(({ command, id, data }) => [command, id, [...data]]),
      all.map(({ command, id, data }) => [command, id, [...data]]),
    );
    assert.equal(taken?.rest.length, 0);
  }));
});

Deno.test("any bytes are read or refused, and never anything else", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
    try {
      readAll([bytes]);
    } catch (error) {
      assert(error instanceof MalformedMessage);
    }
  }));
});

Deno.test("other versions, unknown commands and an end that brings data are refused", () => {
  for (
    const hex of [
      "0200000003000000",
      "0000000003000000",
      "0104000003000000",
      "01ff000003000000",
      "0101010003000000ff",
      "0100ffff03000000",
    ]
  ) {
    assert.throws(() => readAll([Uint8Array.fromHex(hex)]), MalformedMessage);
  }
});
