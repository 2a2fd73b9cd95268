import { present } from "../present.ts";
import { quoteValue } from "../quote_value.ts";
import type { FlagName } from "./flags.ts";
import type { RunInvocation, RunMode } from "./invocation.ts";
import { parseEnvironment } from "./parse_environment.ts";
import { parseSession } from "./parse_session.ts";
import { parseTags } from "./parse_tags.ts";
import { parseTarget } from "./parse_target.ts";
import {
  type FlagSources,
  readAll,
  readChoice,
  readDuration,
  readSwitch,
  readText,
} from "./read_flags.ts";
import type { Mention } from "./read_shared.ts";
import type { Words } from "./read_words.ts";
import { usageError } from "./usage_error.ts";

const MAX_DURATION_MS = 60 * 60_000;
const LONGEST_DURATION_MS = 365 * 24 * 60 * 60_000;
/** The most that RunTask accepts. */
const MOST_TASKS = 10;

/** The flags that only apply to a session. */
const SESSION_FLAGS = [
  "interactive",
  "tty",
  "no-stdin",
  "no-shell",
  "user",
  "workdir",
  "privileged",
  "via",
  "session",
  "agent-timeout",
  "keep-alive",
  "binary",
  "stderr",
  "record",
  "record-input",
  "max-duration",
  "replace-entrypoint",
] as const satisfies readonly FlagName[];

/** Makes sense of `porthole run …`. */
export function parseRun(words: Words, sources: FlagSources): RunInvocation {
  const mentions = readService(words.operands[1]);
  const session = parseSession(words, sources, mentions);
  const taskDefinition = readTaskDefinition(sources);
  const revision = readRevision(sources, taskDefinition);
  const cpu = readAmount(sources, "cpu", /^\d+$|^(\d+|\d*\.\d+) ?vcpu$/i);
  const memory = readAmount(sources, "memory", /^\d+$|^(\d+|\d*\.\d+) ?gb$/i);
  const overridesFile = readText(sources, "overrides-file")?.value;
  const propagateTags = readChoice(sources, "propagate-tags")?.value;
  return present({
    ...session,
    kind: "run",
    mode: readMode(sources),
    env: [],
    variables: parseEnvironment(readAll(sources, "env"), sources.env),
    taskDefinition,
    revision,
    cpu,
    memory,
    overridesFile,
    tags: parseTags(readAll(sources, "tags")),
    propagateTags,
  });
}

function readService(target: string | undefined): readonly Mention[] {
  if (target === undefined) return [];
  const named = parseTarget(target);
  const said = `TARGET ${quoteValue(target)}`;
  if (named.task !== undefined) {
    throw usageError(
      `Cannot run ${said}: it is a task, and "run" starts a new one`,
      "Name the service whose task should be copied",
    );
  }
  return [{ said, source: { kind: "target" }, named }];
}

function readMode(sources: FlagSources): RunMode {
  const { given } = sources;
  if (readSwitch(sources, "detach")) {
    const flag = SESSION_FLAGS.find((name) => given.has(name));
    if (flag !== undefined) {
      throw usageError(
        `Cannot use "--${flag}" with "--detach": it only applies to a session, and a detached task has none`,
      );
    }
    const wait = readSwitch(sources, "wait");
    const logs = readSwitch(sources, "logs");
    if (logs && !wait) {
      throw usageError(
        'Cannot use "--logs" without "--wait": logs are shown until the task ends',
      );
    }
    if (logs && readChoice(sources, "output")?.value === "json") {
      throw usageError(
        'Cannot use "--logs" with "-o json": stdout is for one of them',
        "porthole logs TASK-ID -o json shows them afterwards",
      );
    }
    return { kind: "detached", count: readCount(sources), wait, logs };
  }
  for (const name of ["count", "wait", "logs"] as const) {
    if (!given.has(name)) continue;
    throw usageError(
      `Cannot use "--${name}" without "--detach": without --detach there is one task, and porthole waits for it`,
    );
  }
  return {
    kind: "attached",
    maxDurationMs: readMaxDuration(sources),
    replaceEntryPoint: readSwitch(sources, "replace-entrypoint"),
  };
}

function readCount(sources: FlagSources): number {
  const text = readText(sources, "count")?.value ?? "1";
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MOST_TASKS) return count;
  throw usageError(
    `Cannot use ${quoteValue(text)} as --count: it must be 1 to ${MOST_TASKS}`,
  );
}

/** Reads when the task ends even if porthole cannot stop it. */
function readMaxDuration(sources: FlagSources): number {
  const duration = readDuration(sources, "max-duration");
  if (duration === undefined) return MAX_DURATION_MS;
  if (duration.value >= 1_000 && duration.value <= LONGEST_DURATION_MS) {
    return duration.value;
  }
  throw usageError(
    `Cannot use ${
      quoteValue(readText(sources, "max-duration")?.value ?? "")
    } as --max-duration: it must be between 1s and 8760h`,
    "It ends the task if porthole cannot",
  );
}

/** A family, a family with its revision, or an ARN. */
const TASK_DEFINITION =
  /^(arn:aws[a-z-]*:ecs:[a-z0-9-]+:\d{12}:task-definition\/)?[A-Za-z0-9_-]{1,255}(:\d{1,9})?$/;

function readTaskDefinition(sources: FlagSources): string | undefined {
  const name = readText(sources, "task-definition")?.value;
  if (name === undefined || TASK_DEFINITION.test(name)) return name;
  throw usageError(
    `Cannot use ${
      quoteValue(name)
    } as --task-definition: it is not a task definition`,
    "Write it as FAMILY, FAMILY:REVISION or an ARN",
  );
}

function readRevision(
  sources: FlagSources,
  taskDefinition: string | undefined,
): number | "latest" | undefined {
  const text = readText(sources, "revision")?.value;
  if (text === undefined) return undefined;
  if (/:\d+$/.test(taskDefinition ?? "")) {
    throw usageError(
      `Cannot use "--revision" with ${
        quoteValue(taskDefinition ?? "")
      }: it already names a revision`,
    );
  }
  if (text === "latest") return text;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usageError(
    `Cannot use ${
      quoteValue(text)
    } as --revision: it must be a number or "latest"`,
  );
}

function readAmount(
  sources: FlagSources,
  name: "cpu" | "memory",
  shape: RegExp,
): string | undefined {
  const text = readText(sources, name)?.value;
  if (text === undefined || shape.test(text)) return text;
  throw usageError(
    `Cannot use ${quoteValue(text)} as --${name}: it is not a valid amount`,
    name === "cpu"
      ? 'Write it as CPU units ("512") or as ".5 vCPU"'
      : 'Write it in MiB ("1024") or as "1 GB"',
  );
}
