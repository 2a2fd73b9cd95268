import type { LogEvent } from "../access/access.ts";

type Event = Pick<LogEvent, "id" | "at">;

/** Events that have been shown. */
export interface SeenEvents {
  has(event: Event): boolean;
  add(event: Event): void;
  /** Those from before this are not asked for any more, in milliseconds since 1970. */
  forget(before: number): void;
  /** Adds all that another has. */
  takeOn(other: SeenEvents): void;
  /** By the second, in which they are known by a number each. */
  readonly seconds: ReadonlyMap<number, ReadonlySet<number>>;
}

/**
 * Remembers events in a quarter of the room of their ids, which are 56 characters: by their time, and a number
 * of 53 bits. That two of one second share theirs is not to be expected: of a thousand a second, once in some
 * hundred years.
 */
export function rememberEvents(): SeenEvents {
  const seconds = new Map<number, Set<number>>();

  function openSecond(second: number): Set<number> {
    const known = seconds.get(second) ?? new Set();
    seconds.set(second, known);
    return known;
  }

  return {
    seconds,
    has: ({ id, at }) => seconds.get(secondOf(at))?.has(hash(id)) ?? false,
    add: ({ id, at }) => void openSecond(secondOf(at)).add(hash(id)),
    forget(before) {
      const oldest = secondOf(before);
      for (const second of seconds.keys()) {
        if (second < oldest) seconds.delete(second);
      }
    },
    takeOn(other) {
      for (const [second, numbers] of other.seconds) {
        const known = openSecond(second);
        for (const number of numbers) known.add(number);
      }
    },
  };
}

function secondOf(at: number): number {
  return Math.floor(at / 1_000);
}

/** Two lanes of 32 bits, each turned after each character so that none of their bits stays by itself. */
function hash(text: string): number {
  let one = text.length;
  let two = ~text.length;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    one = turn(Math.imul(one ^ code, 0x85eb_ca6b), 13);
    two = turn(Math.imul(two + code, 0xc2b2_ae35), 17);
  }
  one = Math.imul(one ^ (one >>> 15), 0x27d4_eb2d);
  two = Math.imul(two ^ (two >>> 13), 0x1656_67b1);
  return ((two ^ (two >>> 16)) & 0x1f_ffff) * 2 ** 32 +
    ((one ^ (one >>> 14)) >>> 0);
}

function turn(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
