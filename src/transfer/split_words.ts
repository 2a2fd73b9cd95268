import { Buffer } from "node:buffer";

/** A piece of what the container's script sends: bytes of a file or archive, or a word of its own. */
export type Part =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "word"; readonly text: string };

/** What stands before each word: nothing else that comes through the session begins so. */
export function markOf(nonce: string): string {
  return `\x1e${nonce}:`;
}

/** A word is a line, and its script cuts it long before this. */
const LONGEST_WORD = 8 * 1024;

/**
 * Tells the words of the container's script from the bytes around them: `RS nonce : word LF` anywhere,
 * also in the middle of a file, since what a program says of it comes while the file does.
 *
 * Bytes are valid until the next part is asked for.
 */
export async function* splitWords(
  pieces: AsyncIterable<Uint8Array>,
  nonce: string,
): AsyncGenerator<Part> {
  const mark = Buffer.from(markOf(nonce), "latin1");
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    rest = rest.length === 0
      ? Buffer.from(piece.buffer, piece.byteOffset, piece.length)
      : Buffer.concat([rest, piece]);
    for (;;) {
      const at = rest.indexOf(mark);
      const end = at < 0 ? -1 : rest.indexOf(10, at);
      if (end < 0) {
        const held = at < 0 ? startOfMark(rest, mark) : at;
        if (held > 0) yield { kind: "bytes", bytes: rest.subarray(0, held) };
        // What is held outlives the piece it came in.
        rest = Buffer.from(rest.subarray(held));
        // Nothing of ours is as long.
        if (rest.length > LONGEST_WORD) {
          yield { kind: "bytes", bytes: rest };
          rest = Buffer.alloc(0);
        }
        break;
      }
      if (at > 0) yield { kind: "bytes", bytes: rest.subarray(0, at) };
      const text = rest.toString("utf8", at + mark.length, end);
      rest = rest.subarray(end + 1);
      yield { kind: "word", text };
    }
  }
  if (rest.length > 0) yield { kind: "bytes", bytes: rest };
}

/** Where the longest beginning of `mark` stands that `bytes` ends with; their length where there is none. */
function startOfMark(bytes: Buffer, mark: Buffer): number {
  const from = Math.max(0, bytes.length - mark.length + 1);
  for (
    let at = bytes.indexOf(30, from);
    at >= 0;
    at = bytes.indexOf(30, at + 1)
  ) {
    if (mark.subarray(0, bytes.length - at).equals(bytes.subarray(at))) {
      return at;
    }
  }
  return bytes.length;
}
