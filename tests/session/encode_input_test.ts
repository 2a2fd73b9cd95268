import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  createBase64Encoder,
  createEscapeEncoder,
  END_OF_INPUT,
  type Frame,
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

/** uniq, as it reads until the terminal says "end of file". */
function dropRepeats(lines: readonly string[]): string[] {
  return lines.filter((line, at) => line !== lines[at - 1]);
}

interface Fed {
  readonly input: Buffer;
  readonly ended: boolean;
}

/** What the wrapper's feeder writes, from the lines and ends of file that its terminal hands over. */
function feed(frames: readonly Frame[], hasBase64: boolean): Fed {
  const reads = [...readTerminal(Buffer.concat(frames))];
  const parts: Buffer[] = [];
  let previous = "";
  let failures = 0;
  while (reads.length > 0) {
    const read = reads.shift();
    if (read === undefined || read === "end") {
      assert.ok(++failures < 3, "so many ends in a row are a lost terminal");
      continue;
    }
    failures = 0;
    const line = read.line.slice(0, -1);
    if (line === "e") return { input: Buffer.concat(parts), ended: true };
    if (line === "" && hasBase64) {
      const end = reads.indexOf("end");
      const batch = reads.splice(0, end < 0 ? reads.length : end + 1).flatMap(
        (one) => one === "end" ? [] : [one.line],
      );
      for (const one of dropRepeats(batch)) {
        assert.match(one, /^([A-Za-z0-9+/]+={0,2})?\n$/);
        parts.push(Buffer.from(one.trim(), "base64"));
      }
    }
    if (line !== "" && !hasBase64 && line !== previous) {
      parts.push(printf(line.slice(1)));
    }
    if (line !== "") previous = line;
  }
  return { input: Buffer.concat(parts), ended: false };
}

/** What the shell's printf makes of a line. */
function printf(format: string): Buffer {
  assert.doesNotMatch(
    format,
    /^-|%|\s|\\(?!\d{3})/,
    "printf or read act on these",
  );
  const plain = format.replace(
    /\\(\d{3})/g,
    (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(plain, "latin1");
}

/** Frames as an agent may write them whose own connection breaks: some of them twice or more, in place. */
function repeat(
  frames: readonly Frame[],
  copies: readonly number[],
): readonly Frame[] {
  return frames.flatMap((frame, at) =>
    Array<Frame>((copies[at % copies.length] ?? 0) + 1).fill(frame)
  );
}

const encoders: readonly (readonly [string, () => InputEncoder, boolean])[] = [
  ["base64", createBase64Encoder, true],
  ["escapes", createEscapeEncoder, false],
];

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.uint8Array({ minLength: 1000, maxLength: 5000 }),
  fc.string().map((text) => new Uint8Array(Buffer.from(text))),
  // All lines of it are equal.
  fc.nat({ max: 5000 }).map((length) => new Uint8Array(length)),
);
const anyCopies = fc.oneof(
  fc.constant([0]),
  fc.array(fc.nat({ max: 2 }), { minLength: 1 }),
);

for (const [name, create, hasBase64] of encoders) {
  Deno.test(`${name}: any bytes, in any chunks and batches, arrive exact, however often each frame does`, () => {
    fc.assert(
      fc.property(
        anyBytes,
        anyCuts,
        fc.array(fc.boolean()),
        anyCopies,
        (bytes, cuts, flushes, copies) => {
          const encoder = create();
          const frames: Frame[] = [];
          let pushed = 0;
          cut(bytes, cuts).forEach((chunk, index) => {
            frames.push(...encoder.push(chunk));
            pushed += chunk.length;
            if (!flushes[index]) return;
            frames.push(...encoder.flush());
            // All of it is with the command now, and nothing is ended yet.
            const sofar = feed(repeat(frames, copies), hasBase64);
            assert.deepEqual(
              new Uint8Array(sofar.input),
              bytes.subarray(0, pushed),
            );
            assert.equal(sofar.ended, false);
          });
          frames.push(...encoder.end());
          for (const frame of frames) assert.ok(frame.length <= 1024);
          const lengths = frames.map((frame) => encoder.lengthOf(frame));
          assert.equal(lengths.reduce((sum, each) => sum + each), bytes.length);
          const { input, ended } = feed(repeat(frames, copies), hasBase64);
          assert.deepEqual(new Uint8Array(input), bytes);
          assert.ok(ended);
        },
      ),
      propertyRuns(),
    );
  });

  Deno.test(`${name}: the line that starts the command may come again`, () => {
    const encoder = create();
    const frames = [
      Buffer.from("\n"),
      ...encoder.push(Buffer.from("text")),
      ...encoder.end(),
    ];
    assert.deepEqual(feed(frames, hasBase64), {
      input: Buffer.from("text"),
      ended: true,
    });
    assert.deepEqual(feed([Buffer.from("\n"), ...create().end()], hasBase64), {
      input: Buffer.alloc(0),
      ended: true,
    });
  });

  Deno.test(`${name}: wherever input breaks off, one frame ends the feeder`, () => {
    const encoder = create();
    const frames = [
      ...encoder.push(new Uint8Array(2_000)),
      ...encoder.flush(),
      ...encoder.push(Buffer.from("more")),
      ...encoder.end(),
    ];
    for (let count = 0; count <= frames.length; count++) {
      const broken = [...frames.slice(0, count), END_OF_INPUT];
      assert.ok(feed(broken, hasBase64).ended, `after ${count} frames`);
    }
  });

  Deno.test(`${name}: no input at all is an end and nothing else`, () => {
    const encoder = create();
    assert.equal(encoder.flush().length, 0);
    assert.deepEqual(feed(encoder.end(), hasBase64), {
      input: Buffer.alloc(0),
      ended: true,
    });
  });
}
