import { isIPv4 } from "node:net";
import { present } from "../present.ts";
import { TASKS_OUTPUTS } from "../choices.ts";
import type { TaskFilter, TasksInvocation } from "./invocation.ts";
import {
  type FlagSources,
  readAll,
  readChoice,
  readOneOf,
  readSwitch,
} from "./read_flags.ts";
import { readTarget } from "./read_target.ts";
import { quoteValue } from "../quote_value.ts";
import { usageError } from "./usage_error.ts";
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
    filters: readAll(sources, "filter").map(parseFilter),
    watch: readSwitch(sources, "watch"),
    output: readOneOf(sources, "output", TASKS_OUTPUTS)?.value ?? "table",
  });
}

function parseFilter(text: string): TaskFilter {
  if (text === "unhealthy") return { kind: "unhealthy" };
  const [, name, rest = ""] = /^(ip|tag)=(.+)$/s.exec(text) ?? [];
  if (name === "ip" && isIPv4(rest)) return { kind: "ip", ip: rest };
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(rest) ?? [];
  if (name === "tag" && key !== undefined && value !== undefined) {
    return { kind: "tag", key, value };
  }
  throw usageError(
    `Cannot use ${quoteValue(text)} as --filter: it is not a filter of tasks`,
    "Write it as unhealthy, ip=10.0.1.2 or tag=KEY=VALUE",
  );
}
