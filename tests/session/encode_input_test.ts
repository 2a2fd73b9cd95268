import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  createBase64Encoder,
  createEscapeEncoder,
  END_OF_FEEDER,
  type InputEncoder,
} from "../../src/session/encode_input.ts";
import { anyCuts, cut } from "./any_chunks.ts";
import { propertyRuns } from "./property_runs.ts";

const EOF = 0x04;
const LF = 0x0a;

/** What a canonical terminal hands to its reader: lines, and where it says "end of file". */
type Read = { readonly line: string } | "end";

/** A terminal in its usual mode: byte 04 hands over what there is, and alone it is an end of file. */
function readTerminal(typed: Uint8Array): readonly Read[] {
  const reads: Read[] = [];
  let line: number[] = [];
  for (const byte of typed) {
    if (byte !== EOF) line.push(byte);
    if (byte === EOF && line.length === 0) reads.push("end");
    else if (byte === EOF || byte === LF) {
      assert.ok(line.length <= 4095, "the kernel cuts longer lines");
      reads.push({ line: Buffer.from(line).toString("latin1") });
      line = [];
    }
  }
  assert.deepEqual(line, [], "nothing is left in the terminal");
  return reads;
}

/** What the feeder's `while read -r _; do base64 -d; done` writes; `ended` when its loop is over. */
function feedBase64(typed: Uint8Array): { input: Buffer; ended: boolean } {
  const parts: Buffer[] = [];
  let batch: string | undefined;
  for (const read of readTerminal(typed)) {
    if (batch === undefined) {
      if (read === "end") return { input: Buffer.concat(parts), ended: true };
      assert.equal(read.line, "\n", "a batch is opened by an empty line");
      batch = "";
    } else if (read === "end") {
      parts.push(Buffer.from(batch, "base64"));
      batch = undefined;
    } else {
      assert.match(read.line, /^[A-Za-z0-9+/]+={0,2}\n$/);
      assert.ok(read.line.length <= 1025, `${read.line.length} characters`);
      batch += read.line.trim();
    }
  }
  return { input: Buffer.concat(parts), ended: false };
}

/** What the feeder's `while IFS= read -r l; do printf "$l"; done` writes. */
function feedEscapes(typed: Uint8Array): { input: Buffer; ended: boolean } {
  const parts: Buffer[] = [];
  for (const read of readTerminal(typed)) {
    if (read === "end") return { input: Buffer.concat(parts), ended: true };
    const format = read.line.slice(0, -1);
    assert.doesNotMatch(format, /^-|%|\\(?!\d{3})/, "printf acts on these");
    const plain = format.replace(
      /\\(\d{3})/g,
      (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)),
    );
    parts.push(Buffer.from(plain, "latin1"));
  }
  return { input: Buffer.concat(parts), ended: false };
}

const feeders: readonly (readonly [
  string,
  () => InputEncoder,
  typeof feedBase64,
])[] = [
  ["base64", createBase64Encoder, feedBase64],
  ["escapes", createEscapeEncoder, feedEscapes],
];

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.uint8Array({ minLength: 1000, maxLength: 5000 }),
  fc.string().map((text) => new Uint8Array(Buffer.from(text))),
);

for (const [name, create, feed] of feeders) {
  Deno.test(`${name}: any bytes, in any chunks and batches, arrive exact`, () => {
    fc.assert(
      fc.property(
        anyBytes,
        anyCuts,
        fc.array(fc.boolean()),
        (bytes, cuts, flushes) => {
          const encoder = create();
          const typed: Uint8Array[] = [];
          cut(bytes, cuts).forEach((chunk, index) => {
            typed.push(encoder.push(chunk));
            if (!flushes[index]) return;
            typed.push(encoder.flush());
            // All of it is with the command now, and nothing is ended yet.
            const sofar = feed(Buffer.concat(typed));
            assert.equal(sofar.ended, false);
          });
          typed.push(encoder.end());
          const { input, ended } = feed(Buffer.concat(typed));
          assert.deepEqual(new Uint8Array(input), bytes);
          assert.ok(ended);
        },
      ),
      propertyRuns(),
    );
  });

  Deno.test(`${name}: what was flushed is with the command already`, () => {
    const encoder = create();
    const typed: Uint8Array[] = [];
    for (const line of ["a", "bc", "def\n", "-n", "--help"]) {
      typed.push(encoder.push(Buffer.from(line)), encoder.flush());
      const { input } = feed(Buffer.concat(typed));
      assert.ok(input.toString().endsWith(line));
    }
    assert.equal(encoder.flush().length, 0, "there is nothing more to flush");
  });

  Deno.test(`${name}: no input at all is an end and nothing else`, () => {
    const encoder = create();
    assert.equal(encoder.flush().length, 0);
    assert.deepEqual(feed(encoder.end()), {
      input: Buffer.alloc(0),
      ended: true,
    });
  });

  Deno.test(`${name}: wherever input breaks off, the feeder's loop can be ended`, () => {
    const encoder = create();
    const typed = Buffer.concat([
      encoder.push(Buffer.from("some text")),
      encoder.flush(),
      encoder.push(Buffer.alloc(30, "-")),
      encoder.flush(),
      encoder.end(),
    ]);
    const last = typed.length - 1;
    for (let length = 0; length <= last; length++) {
      const broken = Buffer.concat([
        typed.subarray(0, length),
        END_OF_FEEDER,
      ]);
      assert.ok(endsLoop(name, broken), `cut after ${length} bytes`);
    }
  });
}

/** Whether the feeder's loop ends, whatever it makes of the bytes. */
function endsLoop(name: string, typed: Uint8Array): boolean {
  let inBatch = false;
  for (const read of readTerminal(typed)) {
    if (!inBatch && read === "end") return true;
    if (name === "base64") inBatch = !inBatch || read !== "end";
  }
  return false;
}
