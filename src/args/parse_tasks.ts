import { present } from "../present.ts";
import { quoteValue } from "../quote_value.ts";
import { TASKS_OUTPUTS } from "../choices.ts";
import type { TasksInvocation } from "./invocation.ts";
import {
  type FlagSources,
  readChoice,
  readOneOf,
  readSwitch,
} from "./read_flags.ts";
import { readTarget, type TargetWords } from "./read_target.ts";
import type { Words } from "./read_words.ts";
import { refuseRest } from "./refuse_rest.ts";
import { usageError } from "./usage_error.ts";

/** Makes sense of `porthole tasks …`. */
export function parseTasks(
  words: Words,
  sources: FlagSources,
): TasksInvocation {
  refuseRest(words, words.surplus[0]);
  const via = readChoice(sources, "via");
  const where = readTarget(words.operands[1], sources);
  const allServices = readSwitch(sources, "all-services");
  if (allServices) refuseNamed(where);
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

/** A service that a variable or a file sets gives way to `--all-services`; one that was typed does not. */
function refuseNamed({ shared: { service }, taskId }: TargetWords): void {
  const named = taskId !== undefined
    ? "a task as TARGET"
    : service?.source.kind === "target"
    ? `TARGET ${quoteValue(service.value)}`
    : service?.source.kind === "flag"
    ? `--service ${quoteValue(service.value)}`
    : undefined;
  if (named === undefined) return;
  throw usageError(
    `Cannot use --all-services with ${named}: it lists the whole cluster`,
    "Name the cluster alone, with --cluster",
  );
}
