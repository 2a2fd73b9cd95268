import type {
  LogEvent,
  LogPage,
  LogQuery,
  Logs,
} from "../../src/access/access.ts";
import { PortholeError } from "../../src/errors.ts";

/** Logs in memory, with a clock of their own. */
export interface FakeLogs extends Logs {
  readonly queries: LogQuery[];
  /** Milliseconds since 1970: what came in later cannot be read yet. */
  now: number;
  /** Calls are refused as long as it says so. */
  refuse: () => boolean;
}

/** CloudWatch with some streams, whose events come in pages. */
export function fakeLogs(
  events: readonly LogEvent[],
  { streams = [...new Set(events.map(({ stream }) => stream))], pageSize = 3 }:
    {
      readonly streams?: readonly string[];
      readonly pageSize?: number;
    } = {},
): FakeLogs {
  const all = events.toSorted(compare);
  const logs: FakeLogs = {
    queries: [],
    now: Infinity,
    refuse: () => false,
    filterLogEvents(query, next) {
      logs.queries.push(query);
      if (logs.refuse()) {
        return Promise.reject(
          new PortholeError("throttled", { cannot: "read", because: "busy" }),
        );
      }
      if (query.streams.some((name) => !streams.includes(name))) {
        return Promise.resolve(undefined);
      }
      const found = all.filter((event) =>
        query.streams.includes(event.stream) && event.at >= query.from &&
        event.at <= (query.until ?? Infinity) && event.ingestedAt <= logs.now &&
        (query.pattern === undefined || event.message.includes(query.pattern))
      );
      const start = next === undefined
        ? 0
        : found.findIndex((event) => compare(event, JSON.parse(next)) > 0);
      const rest = start < 0 ? [] : found.slice(start);
      const page = rest.slice(0, pageSize);
      const answer: LogPage = {
        events: page,
        ...(page.length < rest.length
          ? { next: JSON.stringify(page.at(-1)) }
          : {}),
      };
      return Promise.resolve(answer);
    },
  };
  return logs;
}

/** An event of a stream. */
export function logEvent(
  stream: string,
  at: number,
  lateMs = 0,
): LogEvent {
  return {
    id: `${stream}-${at}`,
    stream,
    at,
    ingestedAt: at + lateMs,
    message: `${stream} at ${at}`,
  };
}

function compare(a: LogEvent, b: LogEvent): number {
  return a.at - b.at || a.ingestedAt - b.ingestedAt ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
