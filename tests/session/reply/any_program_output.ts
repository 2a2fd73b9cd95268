import { Buffer } from "node:buffer";
import fc from "fast-check";

export const NONCE = "0123456789abcdef";
export const SECRET = "fedcba9876543210fedcba9876543210";

/** One of the wrapper's words, as it comes. */
export function wordBytes(word: string): Uint8Array {
  return new Uint8Array(Buffer.from(`${START}${word}\x1e`));
}

/** The word with which the wrapper says that it is ready. */
export function readyBytes(word: string): Uint8Array {
  return new Uint8Array(Buffer.from(`\x1e${NONCE}:${word}\x1e`));
}

const START = `\x1e${SECRET}:`;

/** Pieces that look like a word and are none. */
const anyLookalike = fc.oneof(
  fc.nat({ max: START.length - 1 }).map((length) => START.slice(0, length)),
  fc.constantFrom(
    "\x1e",
    "\x1e\x1e",
    `\x1e${NONCE}:0\x1e`,
    `\x1e${NONCE}:o\x1e`,
    `\x1e${SECRET.slice(1)}:0\x1e`,
    `\x1e${"f".repeat(32)}:0\x1e`,
    `\x1e${SECRET};0\x1e`,
    `${SECRET}:0\x1e`,
    `${START}abcdabcda\x1e`,
    `${START}000000000\x1e`,
  ),
);

const anyPiece = fc.oneof(
  anyLookalike.map((text) => Buffer.from(text, "latin1")),
  fc.uint8Array({ maxLength: 60 }),
);

/**
 * Whatever a program may write that does not know the secret, lookalikes included. It may end in the
 * beginning of a word, but never completes one.
 */
export const anyProgramOutput: fc.Arbitrary<Uint8Array> = fc.array(anyPiece, {
  maxLength: 8,
}).map((pieces) => new Uint8Array(Buffer.concat(pieces))).filter((bytes) => {
  const text = Buffer.from(bytes).toString("latin1");
  // A word's own beginning would complete what stands at the end, which no program can know.
  return !new RegExp(`${START}[^\\x1e]{0,8}(\\x1e|$)`).test(text);
});
