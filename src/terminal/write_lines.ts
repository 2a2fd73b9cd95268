import type { OutputDevice } from "../deps.ts";
import { joinBytes } from "../join_bytes.ts";

/** A device that is written to in whole lines. */
export interface LineDevice extends OutputDevice {
  /** Writes what has come of a line that never ended, and ends it. */
  end(): Promise<void>;
}

/** The longest line that is kept whole, without its end: a longer one becomes several. */
export const LONGEST_LINE = 64 * 1024;

const LINE_FEED = 0x0a;
const LINE_END = Uint8Array.of(LINE_FEED);

/**
 * Puts a prefix before each line, and passes lines on when they are whole: what others write to the
 * same device never comes between the parts of one.
 */
export function writeLines(device: OutputDevice, prefix: string): LineDevice {
  const start = new TextEncoder().encode(prefix);
  let held: Uint8Array[] = [];
  let length = 0;

  function takeLine(last: Uint8Array): readonly Uint8Array[] {
    const line = [start, ...held, last, LINE_END];
    held = [];
    length = 0;
    return line;
  }

  /** What is finished now that `bytes`, which hold no end of a line, have come. */
  function add(bytes: Uint8Array): readonly Uint8Array[] {
    const finished: Uint8Array[] = [];
    let rest = bytes;
    while (length + rest.length > LONGEST_LINE) {
      const cut = findCut(rest, LONGEST_LINE - length);
      finished.push(...takeLine(rest.subarray(0, cut)));
      rest = rest.subarray(cut);
    }
    if (rest.length > 0) {
      // The bytes may be the sender's to use again.
      held.push(rest.slice());
      length += rest.length;
    }
    return finished;
  }

  return {
    isTerminal: device.isTerminal,
    writeText: (text) => device.writeText(text),
    async write(bytes) {
      const finished: Uint8Array[] = [];
      for (let from = 0; from < bytes.length;) {
        const at = bytes.indexOf(LINE_FEED, from);
        const end = at < 0 ? bytes.length : at;
        finished.push(...add(bytes.subarray(from, end)));
        if (at >= 0) finished.push(...takeLine(new Uint8Array()));
        from = end + 1;
      }
      if (finished.length > 0) await device.write(joinBytes(finished));
    },
    async end() {
      if (length === 0) return;
      await device.write(joinBytes(takeLine(new Uint8Array())));
    },
  };
}

/** Where to cut: no later than `most`, and where it can be seen not within a character. */
function findCut(bytes: Uint8Array, most: number): number {
  let at = most;
  while (at > 0 && most - at < 3 && isContinuation(bytes[at])) at--;
  return at === 0 || isContinuation(bytes[at]) ? most : at;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
