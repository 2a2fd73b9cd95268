import type { ByteFilter } from "./byte_filter.ts";

const CR = 0x0d;
const LF = 0x0a;

/**
 * Takes back the carriage return that a terminal in its usual mode put before each line feed.
 *
 * Each LF gained exactly one CR, so the original is restored to the byte.
 */
export function createCrlfUndo(): ByteFilter {
  let heldCr = false;
  return {
    push(chunk) {
      const out = new Uint8Array(chunk.length + 1);
      let length = 0;
      for (const byte of chunk) {
        if (heldCr) {
          if (byte !== LF) out[length++] = CR;
          heldCr = false;
        }
        if (byte === CR) heldCr = true;
        else out[length++] = byte;
      }
      return out.subarray(0, length);
    },
    flush() {
      const rest = heldCr ? Uint8Array.of(CR) : new Uint8Array(0);
      heldCr = false;
      return rest;
    },
  };
}
