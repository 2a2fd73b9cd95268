import type { ByteFilter } from "./byte_filter.ts";

const FIRST = 0xef;

/**
 * Puts back U+FFFD, which the agent damages in text: EF BF BD arrives as a lone EF.
 *
 * In UTF-8 an EF is followed by two continuation bytes; one that is not was a replacement character.
 * In binary data it may have been anything: that is what base64 is for.
 */
export function createReplacementRepair(): ByteFilter {
  let held: number[] = [];
  return {
    push(chunk) {
      if (held.length === 0 && !chunk.includes(FIRST)) return chunk;
      const out: number[] = [];
      for (const byte of chunk) {
        if (held.length > 0) {
          if ((byte & 0xc0) === 0x80) {
            held.push(byte);
            if (held.length === 3) {
              out.push(...held);
              held = [];
            }
            continue;
          }
          out.push(...repair(held));
          held = [];
        }
        if (byte === FIRST) held = [byte];
        else out.push(byte);
      }
      return Uint8Array.from(out);
    },
    flush() {
      const rest = repair(held);
      held = [];
      return Uint8Array.from(rest);
    },
  };
}

function repair(held: readonly number[]): readonly number[] {
  return held.length === 0 ? [] : [FIRST, 0xbf, 0xbd, ...held.slice(1)];
}
