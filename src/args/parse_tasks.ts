import { present } from "../present.ts";
import { TASKS_OUTPUTS } from "../choices.ts";
import type { TasksInvocation } from "./invocation.ts";
import {
  type FlagSources,
  readChoice,
  readOneOf,
  readSwitch,
} from "./read_flags.ts";
import { readTarget } from "./read_target.ts";
import type { Words } from "./read_words.ts";
import { refuseRest } from "./refuse_rest.ts";

/** Makes sense of `porthole tasks …`. */
export function parseTasks(
  words: Words,
  sources: FlagSources,
): TasksInvocation {
  refuseRest(words, words.surplus[0]);
  const via = readChoice(sources, "via");
  return present({
    kind: "tasks",
    ...readTarget(words.operands[1], sources),
    via,
    ecsExec: readChoice(sources, "ecs-exec"),
    all: readSwitch(sources, "all"),
    output: readOneOf(sources, "output", TASKS_OUTPUTS)?.value ?? "table",
  });
}
