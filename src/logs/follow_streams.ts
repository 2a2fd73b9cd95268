import type { LogEvent, Logs } from "../access/access.ts";
import { rememberEvents, type SeenEvents } from "./seen_events.ts";
import { MOST_STREAMS, readWindow, type StreamBatch } from "./read_window.ts";

/** So late an event may be and is still found. */
export const LATEST_MS = 120_000;
/**
 * Drivers send what was written in batches, and CloudWatch needs a while, so that events come late, and the
 * later the fewer. To read all of them again each second would be most of the work, so that only some looks
 * find those that are so late. The farthest comes first, and nothing is nearer than the last.
 */
const RANGES = [
  { everyMs: 10_000, lateMs: LATEST_MS },
  { everyMs: 3_000, lateMs: 15_000 },
  { everyMs: 0, lateMs: 4_000 },
] as const;
/** A look far back waits so many times as long as the last one took: where much is written, that is long. */
const REST = 4;
/** A look ends after so many new events, and the next one goes on there. */
const MOST_EVENTS = 200_000;

/** Streams of one log group that are followed. */
export interface Follower {
  readonly batch: StreamBatch;
  /**
   * Looks for events that have not been shown. Events come late and out of order, so a look begins some
   * time before the newest one, and passes over what was shown. After one that failed the next goes on at
   * the same place: nothing is left out, and nothing is shown again.
   */
  look(): Promise<void>;
  /** Whether it can take on so many streams more. */
  hasRoom(streams: number): boolean;
  /** Whether the last look has not read all that was there. */
  readonly isBehind: boolean;
  /** Takes on the streams of another, which has looked since and is not to be used any more. */
  takeOn(other: Follower): void;
  /** Follows these streams no more. */
  drop(streams: readonly string[]): void;
  /** What has been shown and can be found again, and up to when: for the one who takes it on. */
  readonly shown: {
    readonly events: SeenEvents;
    newest: number;
  };
}

/** A look that is being made. */
interface Look {
  /** The index of its range. */
  readonly range: number;
  readonly from: number;
  /** By the clock of the caller. */
  readonly began: number;
}

/** Begins to follow streams; `show` gets each event once, from `start` on (milliseconds since 1970). */
export function followStreams(
  logs: Logs,
  first: StreamBatch,
  { start, pattern, seen = new Map(), show, now }: {
    readonly start: number;
    readonly pattern?: string | undefined;
    /** Events that have been shown already: their times by their ids. */
    readonly seen?: ReadonlyMap<string, number>;
    readonly show: (events: readonly LogEvent[]) => Promise<void>;
    /** Milliseconds, from any time on. */
    readonly now: () => number;
  },
): Follower {
  let batch = first;
  /** When each range was looked at, by the clock of what was the newest then. */
  const looked = RANGES.map(() => start);
  /** When each is to be looked at again, by the clock of the caller. */
  const due = RANGES.map(() => -Infinity);
  const shown = { events: rememberEvents(), newest: start };
  for (const [id, at] of seen) shown.events.add({ id, at });

  /** Of many pages one may be refused: the next look goes on behind those that were read. */
  let unfinished: Look | undefined;

  function beginLook(): Look {
    const began = now();
    const range = RANGES.findIndex(({ everyMs }, range) =>
      everyMs === 0 || began >= due[range]!
    );
    // What was not there at the last look so far back was written no longer before it.
    const from = looked[range]! - RANGES[range]!.lateMs;
    return { range, from: Math.max(start, from), began };
  }

  async function look(): Promise<void> {
    const { range, from, began } = unfinished ?? beginLook();
    let count = 0;
    const window = pattern === undefined ? { from } : { from, pattern };
    for await (const page of readWindow(logs, batch, window)) {
      const fresh = page.filter((event) => !shown.events.has(event));
      if (fresh.length > 0) await show(fresh);
      for (const event of fresh) {
        const { at, ingestedAt } = event;
        shown.events.add(event);
        // A container's clock may be ahead of CloudWatch's, and so of all other containers.
        shown.newest = Math.max(shown.newest, Math.min(at, ingestedAt));
      }
      unfinished = { range, from: page.at(-1)!.at, began };
      count += fresh.length;
      if (count >= MOST_EVENTS) return;
    }
    unfinished = undefined;
    const end = now();
    const took = Math.max(0, end - began);
    // A look far back is one at what is nearer, too.
    for (let nearer = range; nearer < RANGES.length; nearer++) {
      // Events came in while it was made, and by CloudWatch's clock it began no later than this.
      looked[nearer] = shown.newest - took;
      due[nearer] = end + RANGES[nearer]!.everyMs;
    }
    due[range] = end + Math.max(RANGES[range]!.everyMs, REST * took);
    // No look goes back further from here on.
    if (range === 0) shown.events.forget(looked[0]! - LATEST_MS);
  }

  return {
    get batch() {
      return batch;
    },
    get isBehind() {
      return unfinished !== undefined;
    },
    look,
    hasRoom: (streams) => batch.streams.length + streams <= MOST_STREAMS,
    takeOn(other) {
      batch = {
        ...batch,
        streams: [...new Set([...batch.streams, ...other.batch.streams])],
      };
      shown.events.takeOn(other.shown.events);
      // Its own begins again, with those streams.
      unfinished = undefined;
      shown.newest = Math.max(shown.newest, other.shown.newest);
    },
    drop(streams) {
      batch = {
        ...batch,
        streams: batch.streams.filter((name) => !streams.includes(name)),
      };
    },
    shown,
  };
}
