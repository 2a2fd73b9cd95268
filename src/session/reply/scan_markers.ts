import { Buffer } from "node:buffer";

/** What the scanner found: bytes of the program, or a word of the wrapper. */
export type Found =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "word"; readonly word: string };

/** Takes the wrapper's words out of a stream, however it is cut into chunks. */
export interface MarkerScanner {
  push(chunk: Uint8Array): readonly Found[];
  /** What was held back because it might have become a word. */
  flush(): Uint8Array;
}

const RECORD_SEPARATOR = 0x1e;
/** The longest word is a letter and a pid, or three digits and what fills them up. */
const MAX_WORD = 8;
const NOTHING = Buffer.alloc(0);

/**
 * Finds `RS key : word RS`.
 *
 * Bytes are held back only while they are the beginning of such a word, so output is never delayed;
 * what turns out to be none is the program's own.
 */
export function createMarkerScanner(key: string): MarkerScanner {
  const start = Buffer.from(`\x1e${key}:`);
  const longest = start.length + MAX_WORD + 1;
  let held = NOTHING;

  return {
    push(chunk) {
      const data = withoutBuffer(
        held.length === 0 ? chunk : Buffer.concat([held, chunk]),
      );
      held = NOTHING;
      const found: Found[] = [];
      let from = 0;
      let search = 0;
      while (search < data.length) {
        const at = indexOfStart(data, search, start);
        if (at < 0) break;
        const available = Buffer.from(data.subarray(at, at + longest));
        const prefix = available.subarray(0, start.length);
        if (!start.subarray(0, prefix.length).equals(prefix)) {
          search = at + 1;
          continue;
        }
        const close = available.indexOf(RECORD_SEPARATOR, start.length);
        if (close < 0 && available.length < longest) {
          held = Buffer.from(data.subarray(at));
          if (at > from) {
            found.push({ kind: "bytes", bytes: data.subarray(from, at) });
          }
          return found;
        }
        if (close < 0) {
          search = at + 1;
          continue;
        }
        if (at > from) {
          found.push({ kind: "bytes", bytes: data.subarray(from, at) });
        }
        const word = available.subarray(start.length, close).toString("latin1");
        found.push({ kind: "word", word });
        from = search = at + close + 1;
      }
      if (from < data.length) {
        found.push({ kind: "bytes", bytes: data.subarray(from) });
      }
      return found;
    },
    flush() {
      const rest = held;
      held = NOTHING;
      return rest;
    },
  };
}

/** The first RS that may begin a word; output full of RS is passed over without a copy of each. */
function indexOfStart(
  data: Uint8Array,
  from: number,
  start: Uint8Array,
): number {
  let at = data.indexOf(RECORD_SEPARATOR, from);
  while (at >= 0 && at + 1 < data.length && data[at + 1] !== start[1]) {
    at = data[at + 1] === RECORD_SEPARATOR
      ? at + 1
      : data.indexOf(RECORD_SEPARATOR, at + 2);
  }
  return at;
}

/** The same bytes. Deno's Buffer searches for a byte many times slower than what it extends. */
function withoutBuffer(bytes: Uint8Array): Uint8Array {
  return bytes instanceof Buffer
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : bytes;
}
