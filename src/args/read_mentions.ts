import { quoteValue } from "../quote_value.ts";
import type { TaskSelector } from "./invocation.ts";
import { parseTarget, parseTaskId } from "./parse_target.ts";
import { type FlagSources, readText } from "./read_flags.ts";
import type { Mention } from "./read_shared.ts";
import { usageError } from "./usage_error.ts";

/** What TARGET and `--task-id` name. */
export function readMentions(
  target: string | undefined,
  sources: FlagSources,
): readonly Mention[] {
  const taskId = readText(sources, "task-id");
  const mentions: Mention[] = [];
  if (target !== undefined) {
    mentions.push({
      said: `TARGET ${quoteValue(target)}`,
      source: { kind: "target" },
      named: parseTarget(target, { taskIdFlag: true }),
    });
  }
  if (taskId !== undefined) {
    mentions.push({
      said: `--task-id ${quoteValue(taskId.value)}`,
      source: taskId.source,
      named: parseTaskId(taskId.value),
    });
  }
  return mentions;
}

/** TARGET, where it is a task, is whole; `--task-id` may repeat it or its beginning. */
export function agreeOnTask(
  mentions: readonly Mention[],
): TaskSelector | undefined {
  const [first, second] = mentions.filter(({ named }) => named.task);
  const task = first?.named.task;
  if (task?.kind !== "id" || second?.named.task === undefined) return task;
  const other = second.named.task;
  if (other.kind === "ip") {
    throw usageError(
      `Cannot use ${first!.said} with ${second.said}: each names a task`,
    );
  }
  const agrees = other.kind === "id"
    ? other.id === task.id
    : task.id.startsWith(other.prefix);
  if (agrees) return task;
  throw usageError(
    `Cannot use ${first!.said} with ${second.said}: they name different tasks`,
  );
}
