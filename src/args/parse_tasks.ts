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
import { refuseService } from "./refuse_service.ts";

/** Makes sense of `porthole tasks …`. */
export function parseTasks(
  words: Words,
  sources: FlagSources,
): TasksInvocation {
  refuseRest(words, words.surplus[0]);
  const via = readChoice(sources, "via");
  const target = words.operands[1];
  const where = readTarget(target, sources, { wholeCluster: true });
  const allServices = readSwitch(sources, "all-services") ||
    (target?.endsWith("/") ?? false);
  if (allServices) refuseService(where, "it lists the whole cluster");
  return present({
    kind: "tasks",
    ...where,
    via,
    allServices,
    ecsExec: readChoice(sources, "ecs-exec"),
    all: readSwitch(sources, "all"),
    output: readOneOf(sources, "output", TASKS_OUTPUTS)?.value ?? "table",
  });
}
