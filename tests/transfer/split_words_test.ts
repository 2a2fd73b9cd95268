import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { splitWords } from "../../src/transfer/split_words.ts";

const NONCE = "0123456789abcdef";

/** The words, and all bytes between them, of a text that comes in pieces of one size. */
async function split(text: string, size: number) {
  const bytes = Buffer.from(text, "latin1");
  const words: string[] = [];
  let between = "";
  const pieces = async function* () {
    for (let at = 0; at < bytes.length; at += size) {
      const piece = Buffer.from(bytes.subarray(at, at + size));
      yield await Promise.resolve(piece);
      // Whoever gives a piece uses its memory again.
      piece.fill(0);
    }
  };
  for await (const part of splitWords(pieces(), NONCE)) {
    if (part.kind === "word") words.push(part.text);
    else between += Buffer.from(part.bytes).toString("latin1");
  }
  return { words, between };
}

Deno.test("words are told from bytes, wherever pieces end", async () => {
  const mark = `\x1e${NONCE}:`;
  const almost = `\x1e${NONCE.slice(0, -1)}x:\x1e\x1e${NONCE}`;
  const text =
    `${mark}one\nbytes\n${almost}${mark}two words\n\xff\x00${mark}\n` +
    `end\x1e${NONCE}`;
  for (let size = 1; size < text.length + 1; size++) {
    assert.deepEqual(await split(text, size), {
      words: ["one", "two words", ""],
      between: `bytes\n${almost}\xff\x00end\x1e${NONCE}`,
    }, `pieces of ${size}`);
  }
});

Deno.test("a word without end is held no longer than a word can be", async () => {
  const text = `\x1e${NONCE}:${"x".repeat(50_000)}`;
  assert.deepEqual(await split(text, 1_000), { words: [], between: text });
});
