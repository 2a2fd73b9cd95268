import { present } from "../present.ts";
import type {
  ExecAllInvocation,
  ExecInvocation,
  TaskSelector,
} from "./invocation.ts";
import { parseExecAll, refuseMany } from "./parse_exec_all.ts";
import { parseSession } from "./parse_session.ts";
import { parseTarget, parseTaskId } from "./parse_target.ts";
import {
  type FlagSources,
  readChoice,
  readSwitch,
  readText,
} from "./read_flags.ts";
import { readSessionVariables } from "./read_session_variables.ts";
import type { Mention } from "./read_shared.ts";
import type { Words } from "./read_words.ts";
import { quoteValue } from "../quote_value.ts";
import { usageError } from "./usage_error.ts";

/** Makes sense of `porthole exec …`. */
export function parseExec(
  words: Words,
  sources: FlagSources,
): ExecInvocation | ExecAllInvocation {
  if (readSwitch(sources, "all")) return parseExecAll(words, sources);
  refuseMany(sources);
  const mentions = readMentions(words.operands[1], sources);
  const task = agreeOnTask(mentions);
  const session = parseSession(words, sources, mentions);
  return present({
    ...session,
    kind: "exec",
    task,
    pick: readChoice(sources, "pick")?.value,
    env: readSessionVariables(sources, session),
  });
}

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
      named: parseTarget(target),
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
  const agrees = other.kind === "id"
    ? other.id === task.id
    : task.id.startsWith(other.prefix);
  if (agrees) return task;
  throw usageError(
    `Cannot use ${first!.said} with ${second.said}: they name different tasks`,
  );
}
