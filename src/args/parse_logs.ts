import { type LogTime, parseLogTime } from "../log_time.ts";
import { present } from "../present.ts";
import { quoteValue } from "../quote_value.ts";
import type { FlagName } from "./flags.ts";
import type { LogsInvocation } from "./invocation.ts";
import {
  type FlagSources,
  readChoice,
  readCount,
  readSwitch,
  readText,
} from "./read_flags.ts";
import { agreeOnTask, readMentions } from "./read_mentions.ts";
import { readShared } from "./read_shared.ts";
import type { Words } from "./read_words.ts";
import { refuseRest } from "./refuse_rest.ts";
import { usageError } from "./usage_error.ts";

/** As many lines as are kept in memory to find the last ones. */
const MOST_LINES = 100_000;

/** Makes sense of `porthole logs …`. */
export function parseLogs(words: Words, sources: FlagSources): LogsInvocation {
  refuseRest(words, words.surplus[0]);
  const mentions = readMentions(words.operands[1], sources);
  const lines = readCount(sources, "lines");
  if (lines !== undefined && lines > MOST_LINES) {
    throw usageError(
      `Cannot use "--lines ${lines}": it is more than ${MOST_LINES}`,
      "--since shows everything from a time on",
    );
  }
  const follow = readSwitch(sources, "follow");
  for (const name of ["until", "previous"] as const) {
    if (follow && readText(sources, name) !== undefined) {
      throw usageError(
        `Cannot use "--follow" with "--${name}": what is over cannot be followed`,
      );
    }
  }
  return present({
    kind: "logs",
    shared: readShared(sources, mentions),
    task: agreeOnTask(mentions),
    container: readText(sources, "container")?.value,
    follow,
    since: readTime(sources, "since"),
    until: readTime(sources, "until"),
    lines,
    pattern: readText(sources, "filter")?.value,
    grep: readRegExp(sources),
    previous: readSwitch(sources, "previous"),
    prefix: readChoice(sources, "prefix")?.value ?? "auto",
    output: readChoice(sources, "output")?.value ?? "text",
  });
}

function readTime(sources: FlagSources, name: FlagName): LogTime | undefined {
  const text = readText(sources, name)?.value;
  if (text === undefined) return undefined;
  const time = parseLogTime(text);
  if (time !== undefined) return time;
  throw usageError(
    `Cannot use ${quoteValue(text)} as --${name}: it is not a time`,
    "Write it as 10m or 2h (so long ago), or as 2026-01-31T12:00:00Z",
  );
}

function readRegExp(sources: FlagSources): RegExp | undefined {
  const text = readText(sources, "grep")?.value;
  if (text === undefined) return undefined;
  try {
    return new RegExp(text, "u");
  } catch (error) {
    throw usageError(
      `Cannot use ${
        quoteValue(text)
      } as --grep: it is not a regular expression`,
      error instanceof Error ? error.message.replace(/^.*: /, "") : undefined,
    );
  }
}
