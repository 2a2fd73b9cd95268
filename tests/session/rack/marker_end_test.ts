import assert from "node:assert/strict";
import {
  createMarkerEnd,
  cutMarker,
} from "../../../src/session/rack/marker_end.ts";

const MARKER = "F1E49A85-0AD7-4AEF-A618-C249C6E6568D:";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

function read(pieces: readonly Uint8Array[]) {
  const marker = createMarkerEnd();
  const passed = pieces.map((piece) => decoder.decode(marker.push(piece)));
  const { output, status } = marker.end();
  return { output: passed.join("") + decoder.decode(output), status };
}

for (
  const [text, output, status] of [
    [`out${MARKER}7\n`, "out", 7],
    [`${MARKER}0\n`, "", 0],
    [`${MARKER}0`, "", 0],
    ["out", "out", undefined],
    [`${MARKER}999\n`, `${MARKER}999\n`, undefined],
    // What a program prints is not the end, but where it is the very last.
    [`${MARKER}0\nmore`, `${MARKER}0\nmore`, undefined],
    [`${MARKER}0\n${MARKER}3\n`, `${MARKER}0\n`, 3],
    [MARKER, MARKER, undefined],
    ["F1E49A85", "F1E49A85", undefined],
  ] as const
) {
  Deno.test(`the marker in ${JSON.stringify(text)}, in pieces of any size`, () => {
    const bytes = encoder.encode(text);
    assert.deepEqual(read([bytes]), { output, status });
    const single = [...bytes].map((byte) => Uint8Array.of(byte));
    assert.deepEqual(read(single), { output, status });
  });
}

for (
  const [said, text, status] of [
    [`ERROR: no such process\n${MARKER}1\n`, "ERROR: no such process", 1],
    [`sh: not found${MARKER}127`, "sh: not found", 127],
    [`${MARKER}126\r\n`, "", 126],
    ["sh: not found\n", "sh: not found", undefined],
    [`${MARKER}1\nmore`, `${MARKER}1\nmore`, undefined],
  ] as const
) {
  Deno.test(`cutMarker parts ${JSON.stringify(said)}`, () => {
    assert.deepEqual(cutMarker(said), { text, status });
  });
}
