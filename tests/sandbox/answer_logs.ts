import type { ApiContext, Parameters } from "./api_context.ts";
import { ApiError } from "./api_error.ts";
import { compare, type StoredEvent } from "./log_store.ts";
import { readList, readText } from "./read_parameters.ts";

/** FilterLogEvents and GetLogEvents answer no more events at a time. */
const MOST_EVENTS = 10_000;

/** Answers one operation of CloudWatch Logs. */
export function answerLogs(
  context: ApiContext,
  operation: string,
  parameters: Parameters,
): object {
  switch (operation) {
    case "FilterLogEvents":
      return filterLogEvents(context, parameters);
    case "GetLogEvents":
      return getLogEvents(context, parameters);
    default:
      throw new ApiError("UnknownOperationException", "");
  }
}

function filterLogEvents(context: ApiContext, parameters: Parameters): object {
  const names = readList(parameters, "logStreamNames");
  if (names.length > 100) {
    throw new ApiError(
      "InvalidParameterException",
      "1 validation error detected: Value at 'logStreamNames' failed to satisfy " +
        "constraint: Member must have length less than or equal to 100",
    );
  }
  const pattern = readText(parameters, "filterPattern") ?? "";
  const matches = readPattern(pattern);
  const after = readToken(parameters);
  const limit = readLimit(context, parameters);
  const events = readEvents(
    context,
    parameters,
    names.length === 0 ? undefined : names,
    // A page is among the first of each stream, if some of them cannot be read yet.
    {
      since: after?.timestamp,
      most: pattern === "" ? 2 * limit + 50 : undefined,
    },
  ).filter(({ message }) => matches(message));
  const start = after === undefined
    ? 0
    : events.findIndex((event) => compare(event, after) > 0);
  const rest = start < 0 ? [] : events.slice(start);
  const page = rest.slice(0, limit);
  return {
    events: page,
    searchedLogStreams: [],
    ...(page.length < rest.length
      ? { nextToken: btoa(JSON.stringify(page.at(-1))) }
      : {}),
  };
}

/** Backwards from the end, or forwards from the start, as GetLogEvents' tokens have it. */
function getLogEvents(context: ApiContext, parameters: Parameters): object {
  const name = readText(parameters, "logStreamName") ?? "";
  const events = readEvents(context, parameters, [name]);
  const limit = readLimit(context, parameters);
  const token = readText(parameters, "nextToken");
  const [direction = "b", place] = token?.split("/") ??
    (parameters["startFromHead"] === true ? ["f", "0"] : []);
  const at = place === undefined ? events.length : Number(place);
  const [from, to] = direction === "f"
    ? [at, Math.min(at + limit, events.length)]
    : [Math.max(0, at - limit), at];
  return {
    events: events.slice(from, to).map(
      ({ timestamp, ingestionTime, message }) => ({
        timestamp,
        ingestionTime,
        message,
      }),
    ),
    nextForwardToken: `f/${to}`,
    nextBackwardToken: `b/${from}`,
  };
}

function readEvents(
  context: ApiContext,
  parameters: Parameters,
  streams: readonly string[] | undefined,
  { since = 0, most }: {
    /** Those before are not wanted. */
    readonly since?: number | undefined;
    readonly most?: number | undefined;
  } = {},
): readonly StoredEvent[] {
  const from = Number(parameters["startTime"] ?? 0);
  const read = context.logs.read(
    readText(parameters, "logGroupName") ?? "",
    streams,
    Math.max(from, since),
    most,
  );
  if (read.kind === "missing") {
    throw new ApiError(
      "ResourceNotFoundException",
      `The specified log ${read.what} does not exist.`,
    );
  }
  const until = Number(parameters["endTime"] ?? Infinity);
  return read.events.filter(({ timestamp }) =>
    timestamp >= from && timestamp <= until
  );
}

function readLimit({ options }: ApiContext, parameters: Parameters): number {
  const limit = parameters["limit"];
  return Math.min(
    typeof limit === "number" ? limit : MOST_EVENTS,
    options.logs.pageSize,
  );
}

function readToken(parameters: Parameters): StoredEvent | undefined {
  const token = readText(parameters, "nextToken");
  if (token === undefined) return undefined;
  try {
    return JSON.parse(atob(token)) as StoredEvent;
  } catch {
    throw new ApiError(
      "InvalidParameterException",
      "The specified nextToken is invalid.",
    );
  }
}

/** Words that have to be in a message, and with a minus those that must not be; JSON patterns are not taken. */
function readPattern(pattern: string): (message: string) => boolean {
  const words: readonly string[] = pattern.match(/-?"[^"]*"|[^\s"]+|"/g) ?? [];
  if (words.includes('"') || pattern.startsWith("{")) {
    throw new ApiError("InvalidParameterException", "Invalid filter pattern");
  }
  return (message) =>
    words.every((word) =>
      word.startsWith("-")
        ? !message.includes(word.slice(1).replaceAll('"', ""))
        : message.includes(word.replaceAll('"', ""))
    );
}
