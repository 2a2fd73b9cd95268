import type { LogEvent, LogPage, LogQuery, Logs } from "../access/access.ts";
import { PortholeError } from "../errors.ts";
import type { LogStream } from "./find_streams.ts";

/** What FilterLogEvents takes at most. */
export const MOST_STREAMS = 100;

/** Streams that can be asked for in one call. */
export interface StreamBatch {
  readonly region: string;
  readonly group: string;
  /** 1 to 100. */
  readonly streams: readonly string[];
}

/** Which of their events are meant. */
export type Window = Pick<LogQuery, "from" | "until" | "pattern">;

/** Puts streams together that one call can ask for. */
export function batchStreams(
  streams: readonly LogStream[],
): readonly StreamBatch[] {
  const groups = Map.groupBy(
    streams,
    ({ region, group }) => JSON.stringify([region, group]),
  );
  return [...groups.values()].flatMap((all) => {
    const { region, group } = all[0]!;
    const names = [...new Set(all.map(({ name }) => name))];
    const count = Math.ceil(names.length / MOST_STREAMS);
    return Array.from({ length: count }, (_, i) => ({
      region,
      group,
      streams: names.slice(i * MOST_STREAMS, (i + 1) * MOST_STREAMS),
    }));
  });
}

/**
 * Reads the events of a batch, page by page, in the order of their time. Streams that are not there (yet)
 * have none: CloudWatch refuses a whole call for one of them, so the others are asked for without it.
 */
export async function* readWindow(
  logs: Logs,
  batch: StreamBatch,
  window: Window,
): AsyncGenerator<readonly LogEvent[]> {
  yield* readPresent(logs, { batch, window, restarts: batch.streams.length });
}

/** What is read, and how often that may begin again: each stream can be deleted meanwhile. */
interface Reading {
  readonly batch: StreamBatch;
  readonly window: Window;
  readonly restarts: number;
}

async function* readPresent(
  logs: Logs,
  { batch, window, restarts }: Reading,
): AsyncGenerator<readonly LogEvent[]> {
  const present = await findFirstPage(logs, batch, window);
  const pages = present.map(({ batch, page }) =>
    readPages(logs, { batch, window, restarts }, page)
  );
  if (pages.length === 1) yield* pages[0]!;
  else yield* mergePages(pages);
}

interface FirstPage {
  readonly batch: StreamBatch;
  readonly page: LogPage;
}

async function findFirstPage(
  logs: Logs,
  batch: StreamBatch,
  window: Window,
): Promise<readonly FirstPage[]> {
  const { streams } = batch;
  const page = await logs.filterLogEvents({ ...batch, ...window });
  if (page !== undefined) return [{ batch, page }];
  if (streams.length <= 1) return [];
  const half = Math.ceil(streams.length / 2);
  return [
    ...await findFirstPage(
      logs,
      { ...batch, streams: streams.slice(0, half) },
      window,
    ),
    ...await findFirstPage(
      logs,
      { ...batch, streams: streams.slice(half) },
      window,
    ),
  ];
}

async function* readPages(
  logs: Logs,
  reading: Reading,
  first: LogPage,
): AsyncGenerator<readonly LogEvent[]> {
  const { batch, window, restarts } = reading;
  const query = { ...batch, ...window };
  /** The newest time so far, and its events: one who goes on from there gets them again. */
  let from = window.from;
  let known = new Set<string>();
  for (let page = first;;) {
    const { events, next } = page;
    if (events.length > 0) {
      const newest = events.at(-1)!.at;
      if (newest !== from) known = new Set();
      from = newest;
      for (const { at, id } of events) if (at === newest) known.add(id);
      yield events;
    }
    if (next === undefined) return;
    const more = await logs.filterLogEvents(query, next);
    if (more === undefined) {
      // A stream was deleted since the last page: the others go on without it.
      if (batch.streams.length <= 1) return;
      if (restarts === 0) throw explainRepeats(batch);
      const rest = readPresent(logs, {
        batch,
        window: { ...window, from },
        restarts: restarts - 1,
      });
      for await (const events of rest) {
        const fresh = events.filter(({ id }) => !known.has(id));
        if (fresh.length > 0) yield fresh;
      }
      return;
    }
    page = more;
    if (page.next === next) throw explainRepeats(batch);
  }
}

function explainRepeats({ group }: StreamBatch): PortholeError {
  return new PortholeError("aws_refused", {
    cannot: `read the log group "${group}"`,
    because: "CloudWatch answers the same part again and again",
  });
}

/** Puts what comes from several places into one order of time; it holds one page of each. */
export async function* mergePages(
  places: readonly AsyncGenerator<readonly LogEvent[]>[],
): AsyncGenerator<readonly LogEvent[]> {
  const open = await Promise.all(
    places.map(async (pages) => ({ pages, held: await pull(pages) })),
  );
  for (;;) {
    const full = open.filter(({ held }) => held.length > 0);
    if (full.length === 0) return;
    // Up to here nothing older can come from any of them.
    const limit = Math.min(...full.map(({ held }) => held.at(-1)!.at));
    const ready: LogEvent[] = [];
    for (const place of full) {
      const cut = place.held.findIndex(({ at }) => at > limit);
      const end = cut < 0 ? place.held.length : cut;
      ready.push(...place.held.slice(0, end));
      place.held = place.held.slice(end);
    }
    yield ready.toSorted((a, b) => a.at - b.at);
    await Promise.all(
      full.filter(({ held }) => held.length === 0)
        .map(async (place) => place.held = await pull(place.pages)),
    );
  }
}

/** The next page with something in it; an empty one is the end. */
async function pull(
  pages: AsyncGenerator<readonly LogEvent[]>,
): Promise<readonly LogEvent[]> {
  const { value, done } = await pages.next();
  return done ? [] : value;
}
