import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  createMarkerScanner,
  type Found,
} from "../../../src/session/reply/scan_markers.ts";
import { anyCuts, cut } from "../any_chunks.ts";
import { propertyRuns } from "../property_runs.ts";
import { anyProgramOutput, SECRET, wordBytes } from "./any_program_output.ts";

/** What a scanner finds, with neighbouring bytes joined. */
function scan(chunks: readonly Uint8Array[]): (string | Uint8Array)[] {
  const scanner = createMarkerScanner(SECRET);
  const found: readonly Found[] = [
    ...chunks.flatMap((chunk) => [...scanner.push(chunk)]),
    { kind: "bytes", bytes: scanner.flush() },
  ];
  const joined: (string | Uint8Array)[] = [];
  for (const one of found) {
    if (one.kind === "word") {
      joined.push(one.word);
      continue;
    }
    if (one.bytes.length === 0) continue;
    const last = joined.at(-1);
    if (last instanceof Uint8Array) {
      joined[joined.length - 1] = new Uint8Array(
        Buffer.concat([last, one.bytes]),
      );
    } else joined.push(new Uint8Array(one.bytes));
  }
  return joined;
}

const anyWord = fc.constantFrom("r", "rs", "rsbdu", "o", "0", "7", "255=====");

Deno.test("exactly the wrapper's words are taken out of any output, in any chunks", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(anyProgramOutput, anyWord), { maxLength: 4 }),
      anyProgramOutput,
      anyCuts,
      (pieces, tail, cuts) => {
        const whole = Buffer.concat([
          ...pieces.flatMap(([bytes, word]) => [bytes, wordBytes(word)]),
          tail,
        ]);
        const expected = [...pieces.flat(), tail].filter(({ length }) =>
          length > 0
        );
        assert.deepEqual(scan(cut(whole, cuts)), expected);
      },
    ),
    propertyRuns(),
  );
});

Deno.test("byte by byte it finds the same", () => {
  const whole = Buffer.concat([
    Buffer.from(`a\x1e\x1e${SECRET.slice(0, 9)}b`),
    wordBytes("rsb"),
    wordBytes("0"),
    Buffer.from("\x1e"),
  ]);
  assert.deepEqual(scan([...whole].map((byte) => Uint8Array.of(byte))), [
    new Uint8Array(Buffer.from(`a\x1e\x1e${SECRET.slice(0, 9)}b`)),
    "rsb",
    "0",
    Uint8Array.of(0x1e),
  ]);
});

Deno.test("output full of RS is passed over without a copy for each of them", () => {
  const scanner = createMarkerScanner(SECRET);
  const bytes = new Uint8Array(1024 * 1024).fill(0x1e);
  let parts = 0;
  const counted = new Proxy(bytes, {
    get(target, name) {
      if (name === "subarray") parts++;
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  assert.equal(scanner.push(counted).length, 1);
  assert.ok(parts < 10, `${parts} parts were taken out of it`);
  assert.equal(scanner.flush().length, 1);
});

Deno.test("nothing is held back that cannot become a word", () => {
  const scanner = createMarkerScanner(SECRET);
  const bytes = Buffer.from("prompt$ \x1ef");
  const found = scanner.push(bytes.subarray(0, 9));
  assert.deepEqual(found.length, 1, "RS alone is held");
  assert.equal(
    Buffer.concat(
      scanner.push(bytes.subarray(9)).map((one) =>
        one.kind === "bytes" ? one.bytes : Buffer.alloc(0)
      ),
    ).length,
    0,
    "RS f may be the beginning of the secret",
  );
  assert.equal(
    scanner.push(Buffer.from("x")).length,
    1,
    "and now it cannot be any more",
  );
  assert.equal(scanner.flush().length, 0);
});
