import { present } from "../present.ts";
import { quoteValue } from "../quote_value.ts";
import type { StopInvocation } from "./invocation.ts";
import { parseTaskId } from "./parse_target.ts";
import {
  type FlagSources,
  readChoice,
  readSwitch,
  readText,
} from "./read_flags.ts";
import { readShared } from "./read_shared.ts";
import type { Words } from "./read_words.ts";
import { refuseRest } from "./refuse_rest.ts";
import { usageError } from "./usage_error.ts";

/** StopTask takes no longer reason. */
const LONGEST_REASON = 255;

/** Makes sense of `porthole stop …`. */
export function parseStop(words: Words, sources: FlagSources): StopInvocation {
  refuseRest(words, words.surplus[0]);
  const [, ...typed] = words.operands;
  if (typed.length === 0) {
    throw usageError(
      "Cannot stop a task: none was named",
      "porthole stop TASK-ID; porthole tasks lists them",
    );
  }
  const mentions = typed.map((word) => ({
    said: `task ${quoteValue(word)}`,
    source: { kind: "target" as const },
    named: nameTask(word),
  }));
  const reason = readText(sources, "reason")?.value;
  if (reason !== undefined && reason.length > LONGEST_REASON) {
    throw usageError(
      `Cannot use this --reason: it is longer than ${LONGEST_REASON} characters`,
    );
  }
  return present({
    kind: "stop",
    shared: readShared(sources, mentions),
    tasks: mentions.flatMap(({ named }) => named.task ?? []),
    reason,
    yes: readSwitch(sources, "yes"),
    wait: readSwitch(sources, "wait"),
    output: readChoice(sources, "output")?.value ?? "text",
  });
}

function nameTask(word: string) {
  try {
    return parseTaskId(word);
  } catch {
    throw usageError(
      `Cannot stop ${
        quoteValue(word)
      }: it is not a task's id, ARN or private IP`,
      [
        "porthole tasks SERVICE lists the tasks of a service",
        "the first digits of an id are enough",
      ],
    );
  }
}
