import type { LogEvent, Logs } from "../access/access.ts";
import { MOST_STREAMS, readWindow, type StreamBatch } from "./read_window.ts";

/** Drivers send what was written in batches, and CloudWatch needs a while: so late an event often is. */
const OVERLAP_MS = 15_000;
/** So late an event may be and is still found, when further back is looked. */
export const LATEST_MS = 120_000;
/** Further back is looked once in so many looks. */
const FAR_LOOK = 10;
/** A look ends after so many new events, and the next one goes on there. */
const MOST_EVENTS = 200_000;

/** Streams of one log group that are followed. */
export interface Follower {
  readonly batch: StreamBatch;
  /**
   * Looks for events that have not been shown. Events come late and out of order, so a look begins some
   * time before the newest one, and passes over what was shown. After one that failed the next begins at
   * the same place: nothing is left out, and nothing is shown again.
   */
  look(): Promise<void>;
  /** Whether it can take on so many streams more. */
  hasRoom(streams: number): boolean;
  /** Takes on the streams of another, which is not to be used any more; both have looked just now. */
  takeOn(other: Follower): void;
  /** Follows these streams no more. */
  drop(streams: readonly string[]): void;
  /** What has been shown and can be found again, and up to when: for the one who takes it on. */
  readonly shown: { readonly ids: Map<string, number>; newest: number };
}

/** Begins to follow streams; `show` gets each event once, from `start` on (milliseconds since 1970). */
export function followStreams(
  logs: Logs,
  first: StreamBatch,
  { start, pattern, seen = new Map(), show }: {
    readonly start: number;
    readonly pattern?: string | undefined;
    /** Events that have been shown already: their times by their ids. */
    readonly seen?: ReadonlyMap<string, number>;
    readonly show: (events: readonly LogEvent[]) => Promise<void>;
  },
): Follower {
  let batch = first;
  let looks = 0;
  const shown = { ids: new Map(seen), newest: start };

  async function look(): Promise<void> {
    const isFar = looks % FAR_LOOK === 0;
    const back = isFar ? LATEST_MS : OVERLAP_MS;
    const from = Math.max(start, shown.newest - back);
    let { newest } = shown;
    let count = 0;
    const window = pattern === undefined ? { from } : { from, pattern };
    for await (const page of readWindow(logs, batch, window)) {
      const fresh = page.filter(({ id }) => !shown.ids.has(id));
      for (const { id, at, ingestedAt } of fresh) {
        shown.ids.set(id, at);
        // A container's clock may be ahead of CloudWatch's, and so of all other containers.
        newest = Math.max(newest, Math.min(at, ingestedAt));
      }
      if (fresh.length > 0) await show(fresh);
      count += fresh.length;
      if (count >= MOST_EVENTS) break;
    }
    shown.newest = newest;
    looks++;
    if (isFar) forget();
  }

  /** No look goes back further than the latest that an event may be. */
  function forget(): void {
    const oldest = shown.newest - LATEST_MS;
    for (const [id, at] of shown.ids) if (at < oldest) shown.ids.delete(id);
  }

  return {
    get batch() {
      return batch;
    },
    look,
    hasRoom: (streams) => batch.streams.length + streams <= MOST_STREAMS,
    takeOn(other) {
      batch = {
        ...batch,
        streams: [...new Set([...batch.streams, ...other.batch.streams])],
      };
      for (const [id, at] of other.shown.ids) shown.ids.set(id, at);
      // Both have looked up to now.
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
