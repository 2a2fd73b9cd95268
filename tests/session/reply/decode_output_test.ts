import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { Base64Damage } from "../../../src/session/reply/decode_base64.ts";
import {
  createSplitDecoder,
  type OutputDecoder,
} from "../../../src/session/reply/decode_output.ts";
import { anyCuts, cut } from "../any_chunks.ts";
import { propertyRuns } from "../property_runs.ts";
import { anyProgramOutput, NONCE, wordBytes } from "./any_program_output.ts";

/** What each stream got, and the words. */
function decode(decoder: OutputDecoder, chunks: readonly Uint8Array[]) {
  const decoded = chunks.flatMap((chunk) => [...decoder.push(chunk)]);
  const join = (kind: "bytes" | "stderr") =>
    new Uint8Array(
      Buffer.concat(
        decoded.flatMap((one) => one.kind === kind ? [one.bytes] : []),
      ),
    );
  return {
    stdout: join("bytes"),
    stderr: join("stderr"),
    words: decoded.flatMap((one) => one.kind === "word" ? [one.word] : []),
  };
}

/** One stream's lines: base64 of every read, behind the stream's digit. */
function linesOf(
  digit: string,
  bytes: Uint8Array,
  atOnce: number,
): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += atOnce) {
    const text = Buffer.from(bytes.subarray(at, at + atOnce)).toString(
      "base64",
    );
    for (const line of text.match(/.{1,76}/g) ?? []) {
      lines.push(`${digit}${line}`);
    }
  }
  return lines;
}

Deno.test("two streams with their lines mixed anyhow come apart again", () => {
  fc.assert(
    fc.property(
      anyProgramOutput,
      fc.uint8Array({ maxLength: 300 }),
      fc.integer({ min: 1, max: 100 }),
      fc.infiniteStream(fc.boolean()),
      fc.constantFrom("\n", "\r\n"),
      anyCuts,
      (out, err, atOnce, turns, lineEnd, cuts) => {
        const stdout = [
          ...linesOf("1", Buffer.concat([out, wordBytes("7")]), atOnce),
        ];
        const stderr = [...linesOf("2", err, atOnce)];
        const mixed: string[] = [];
        while (stdout.length + stderr.length > 0) {
          const first = turns.next().value ? stdout : stderr;
          mixed.push((first.shift() ?? (stdout.shift() ?? stderr.shift()))!);
        }
        const wire = Buffer.from(mixed.map((line) => line + lineEnd).join(""));
        assert.deepEqual(decode(createSplitDecoder(NONCE), cut(wire, cuts)), {
          stdout: out,
          stderr: err,
          words: ["7"],
        });
      },
    ),
    propertyRuns(),
  );
});

for (
  const text of ["Hello", "\r\nHello", "1YWJj\nYWJj\n", "3YWJj\n", "1YW?j\n"]
) {
  Deno.test(`${JSON.stringify(text)} among split streams is damage`, () => {
    assert.throws(
      () => decode(createSplitDecoder(NONCE), [Buffer.from(text)]),
      Base64Damage,
    );
  });
}
