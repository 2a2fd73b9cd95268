import type { LogEvent, Logs } from "../access/access.ts";
import { LATEST_MS } from "./follow_streams.ts";
import {
  mergePages,
  readWindow,
  type StreamBatch,
  type Window,
} from "./read_window.ts";

/** The first steps back, in milliseconds; each next one is six times as far. */
const FIRST_STEP_MS = 60_000;
const STEP = 6;

/** The end of what was written, and where one who follows goes on. */
export interface Tail {
  /** By their time, the oldest first. */
  readonly events: readonly LogEvent[];
  /** From when on later events may still come, in milliseconds since 1970. */
  readonly from: number;
  /** The events that were read since then: their times by their ids. */
  readonly seen: ReadonlyMap<string, number>;
}

/**
 * Reads the last events that are wanted: CloudWatch finds events by their time alone, so it looks further
 * and further back, to `from` at most.
 */
export async function readTail(
  logs: Logs,
  batches: readonly StreamBatch[],
  { window, lines, now, wants }: {
    readonly window: Window;
    readonly lines: number;
    /** The latest time to begin with, in milliseconds since 1970. */
    readonly now: number;
    readonly wants: (event: LogEvent) => boolean;
  },
): Promise<Tail> {
  const end = window.until ?? now;
  for (let back = FIRST_STEP_MS;; back *= STEP) {
    const from = Math.max(window.from, end - back);
    const last: LogEvent[] = [];
    const seen = new Map<string, number>();
    const pages = mergePages(
      batches.map((batch) => readWindow(logs, batch, { ...window, from })),
    );
    for await (const page of pages) {
      for (const event of page) {
        if (event.at >= now - LATEST_MS) seen.set(event.id, event.at);
        if (wants(event)) last.push(event);
      }
      if (last.length > lines) last.splice(0, last.length - lines);
    }
    if (last.length >= lines || from <= window.from) {
      return { events: last, from: Math.max(from, now - LATEST_MS), seen };
    }
  }
}
