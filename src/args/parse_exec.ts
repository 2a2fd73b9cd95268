import { present } from "../present.ts";
import type {
  ExecAllInvocation,
  ExecInvocation,
  TaskSelector,
} from "./invocation.ts";
import { parseExecAll, refuseMany } from "./parse_exec_all.ts";
import { parseSession } from "./parse_session.ts";
import {
  type FlagSources,
  readChoice,
  readDuration,
  readSwitch,
} from "./read_flags.ts";
import { agreeOnTask, readMentions } from "./read_mentions.ts";
import { readSessionVariables } from "./read_session_variables.ts";
import { usageError } from "./usage_error.ts";
import type { Words } from "./read_words.ts";

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
    pick: readChoice(sources, "pick"),
    waitForTaskMs: readWait(sources, task),
    env: readSessionVariables(sources, session),
  });
}

/** A service starts tasks; one that has been named, and does not run, may never do so. */
function readWait(
  sources: FlagSources,
  task: TaskSelector | undefined,
): number | undefined {
  const wait = readDuration(sources, "wait-for-task")?.value;
  if (wait === undefined || task === undefined) return wait;
  throw usageError(
    'Cannot use "--wait-for-task" with a task: it waits for one of a service',
    "Name the service",
  );
}
