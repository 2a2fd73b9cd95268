import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { Base64Damage } from "../../../src/session/reply/decode_base64.ts";
import {
  createEncodedDecoder,
  type OutputDecoder,
} from "../../../src/session/reply/decode_output.ts";
import { anyCuts, cut } from "../any_chunks.ts";
import { propertyRuns } from "../property_runs.ts";
import { anyProgramOutput, SECRET, wordBytes } from "./any_program_output.ts";
import { encodeLines } from "./encode_lines.ts";

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
    foreign: decoded.map((one) => one.kind === "foreign" ? one.text : "").join(
      "",
    ),
    words: decoded.flatMap((one) => one.kind === "word" ? [one.word] : []),
  };
}

const MARK = SECRET.slice(0, 6);
const decoder = () => createEncodedDecoder({ secret: SECRET, mark: MARK });

Deno.test("two streams with their lines mixed anyhow come apart again", () => {
  fc.assert(
    fc.property(
      anyProgramOutput,
      fc.uint8Array({ maxLength: 300 }),
      fc.integer({ min: 1, max: 100 }),
      fc.infiniteStream(fc.boolean()),
      fc.constantFrom("\n", "\r\n"),
      fc.constantFrom(
        "test",
        "Killed\r",
        "YWJj",
        "\x1e",
        `\x1e${MARK.slice(1)}`,
      ),
      anyCuts,
      (out, err, atOnce, turns, lineEnd, foreign, cuts) => {
        const stdout = [
          ...encodeLines(1, Buffer.concat([out, wordBytes("7")]), atOnce),
        ];
        const stderr = [
          ...encodeLines(2, Buffer.concat([err, wordBytes("z")]), atOnce),
        ];
        const mixed: string[] = [];
        let written = "";
        while (stdout.length + stderr.length > 0) {
          const first = turns.next().value ? stdout : stderr;
          mixed.push((first.shift() ?? (stdout.shift() ?? stderr.shift()))!);
          if (turns.next().value) {
            mixed.push(foreign);
            written += foreign;
          }
        }
        // What may become a line of ours is held until more comes.
        mixed.push("end");
        written += "end";
        const wire = Buffer.from(mixed.join("").replaceAll("\n", lineEnd));
        const { words, ...streams } = decode(decoder(), cut(wire, cuts));
        assert.deepEqual(streams, {
          stdout: out,
          stderr: err,
          foreign: written,
        });
        assert.deepEqual([...words].sort(), ["7", "z"]);
      },
    ),
    propertyRuns(),
  );
});

const START = `\x1e${MARK}`;

for (
  const text of [
    `${START}3:YWJj\n`,
    `${START}13:YWJj\n`,
    `${START}14:YWtestJj\n`,
    `${START}14:YW?j\n`,
    `${START}15:YWJjY\n`,
    `${START}14:Y=Jj\n`,
    `${START}1x4:YWJj\n`,
    `${START}1:\n${" ".repeat(10)}`,
    `${START}199999999999:YWJj\n`,
  ]
) {
  Deno.test(`${JSON.stringify(text)} is damage, and nothing is decoded`, () => {
    assert.throws(() => decode(decoder(), [Buffer.from(text)]), Base64Damage);
  });
}
