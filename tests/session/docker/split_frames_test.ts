import assert from "node:assert/strict";
import fc from "fast-check";
import {
  createFrameSplitter,
  FrameBroken,
} from "../../../src/session/docker/split_frames.ts";

function frame(stream: number, text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  return [
    stream,
    0,
    0,
    0,
    0,
    0,
    bytes.length >> 8,
    bytes.length & 255,
    ...bytes,
  ];
}

function split(chunks: readonly Uint8Array[]): { out: string; err: string } {
  const said = { out: "", err: "" };
  const { push } = createFrameSplitter({
    stdout: (bytes) => said.out += new TextDecoder().decode(bytes),
    stderr: (bytes) => said.err += new TextDecoder().decode(bytes),
  });
  for (const chunk of chunks) push(chunk);
  return said;
}

Deno.test("frames come apart wherever the stream is cut", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.constantFrom(1, 2), fc.stringMatching(/^[a-z]{0,300}$/)),
      ),
      fc.array(fc.nat(2000)),
      (frames, cuts) => {
        const bytes = Uint8Array.from(
          frames.flatMap(([stream, text]) => frame(stream, text)),
        );
        const ends = [...cuts.sort((a, b) => a - b), bytes.length];
        const chunks = ends.map((end, at) =>
          bytes.slice(ends[at - 1] ?? 0, end)
        );
        const textOf = (wanted: number) =>
          frames.filter(([stream]) => stream === wanted).map(([, text]) => text)
            .join("");
        assert.deepEqual(split(chunks), { out: textOf(1), err: textOf(2) });
      },
    ),
  );
});

Deno.test("what Docker itself says is stderr, and what has no frames is refused", () => {
  assert.deepEqual(split([Uint8Array.from(frame(3, "daemon"))]), {
    out: "",
    err: "daemon",
  });
  assert.throws(
    () => split([new TextEncoder().encode("plain text")]),
    FrameBroken,
  );
});
