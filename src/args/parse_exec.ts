import { quoteValue } from "../quote_value.ts";
import type {
  ExecInvocation,
  RemoteCommand,
  StderrChoice,
  TaskSelector,
} from "./invocation.ts";
import { parseEnvironment } from "./parse_environment.ts";
import { parseTarget, parseTaskId } from "./parse_target.ts";
import {
  type FlagSources,
  readAll,
  readChoice,
  readDuration,
  readSwitch,
  readText,
  readTriState,
} from "./read_flags.ts";
import { type Mention, readShared } from "./read_shared.ts";
import type { Words } from "./read_words.ts";
import { shellLine, usageError } from "./usage_error.ts";

/** AWS's own advice for an agent that has just started is "wait and try again". */
const AGENT_TIMEOUT_MS = 30_000;

/** Makes sense of `porthole exec …`. */
export function parseExec(words: Words, sources: FlagSources): ExecInvocation {
  if (words.surplus.length > 0) throw missingDashes(words);
  const command = readCommand(words, sources);
  const interactive = readSwitch(sources, "interactive");
  const noStdin = readSwitch(sources, "no-stdin");
  if (interactive && noStdin) {
    throw usageError(
      'Cannot use "--interactive" with "--no-stdin": one reads standard input, the other leaves it alone',
    );
  }
  const mentions = readMentions(words.operands[1], sources);
  const task = agreeOnTask(mentions);
  const container = readText(sources, "container")?.value;
  const pick = readChoice(sources, "pick")?.value;
  const filterCommand = readText(sources, "filter-command")?.value;
  const via = readChoice(sources, "via");
  const ecsExec = readChoice(sources, "ecs-exec");
  const session = readChoice(sources, "session");
  const result = readText(sources, "result")?.value;
  const binary = readTriState(sources, "binary");
  const keepAlive = readTriState(sources, "keep-alive");
  const user = readUser(sources);
  const workdir = readText(sources, "workdir")?.value;
  const dryRun = readSwitch(sources, "dry-run");
  const stderr = readChoice(sources, "stderr")?.value;
  const noShell = readSwitch(sources, "no-shell");
  if (noShell) refuseScriptFlags(sources, { stderr, binary });
  if (dryRun && result !== undefined) {
    throw usageError(
      'Cannot use "--result" with "--dry-run": nothing is run that could have a result',
      "-o json prints the plan as one JSON object",
    );
  }
  return {
    kind: "exec",
    shared: readShared(sources, mentions),
    ...(task === undefined ? {} : { task }),
    ...(container === undefined ? {} : { container }),
    command,
    interactive,
    tty: readSwitch(sources, "tty"),
    noStdin,
    ...(pick === undefined ? {} : { pick }),
    ...(filterCommand === undefined ? {} : { filterCommand }),
    ...(via === undefined ? {} : { via }),
    ...(ecsExec === undefined ? {} : { ecsExec }),
    ...(session === undefined ? {} : { session }),
    agentTimeoutMs: readDuration(sources, "agent-timeout")?.value ??
      AGENT_TIMEOUT_MS,
    noShell,
    dryRun,
    output: readChoice(sources, "output")?.value ?? "text",
    ...(result === undefined ? {} : { result }),
    ...(binary === undefined ? {} : { binary }),
    ...(stderr === undefined ? {} : { stderr }),
    ...(keepAlive === undefined ? {} : { keepAlive }),
    ...(user === undefined ? {} : { user }),
    ...(workdir === undefined ? {} : { workdir }),
    env: parseEnvironment(readAll(sources, "env"), sources.env),
    privileged: readSwitch(sources, "privileged"),
  };
}

/** What a shell in the container does for us, nothing does without one. */
function refuseScriptFlags(
  { given }: FlagSources,
  { stderr, binary }: {
    readonly stderr: StderrChoice | undefined;
    readonly binary: boolean | undefined;
  },
): void {
  const typed = [
    ...(["user", "workdir", "env"] as const).filter((flag) => given.has(flag)),
    ...(stderr === "split" ? ["stderr split"] : []),
    ...(binary ? ["binary"] : []),
  ][0];
  if (typed === undefined) return;
  throw usageError(
    `Cannot use "--${typed}" with "--no-shell": it takes a shell in the container`,
  );
}

function readCommand(words: Words, sources: FlagSources): RemoteCommand {
  const line = readText(sources, "command")?.value;
  if (words.command === undefined) {
    return line === undefined ? { kind: "shell" } : { kind: "line", line };
  }
  if (line !== undefined) {
    throw usageError(
      'Cannot use "--command" with "--": each of them is a command',
      "Keep one: --command for a shell line, -- for a program and its arguments",
    );
  }
  const [program, ...args] = words.command;
  if (program === undefined) {
    throw usageError(
      'Cannot run a command: nothing follows "--"',
      `${
        shellLine(["porthole", ...words.typed, "--", "ls"])
      } runs "ls"; without "--" it opens a shell`,
    );
  }
  if (program.trim() === "") {
    throw usageError(
      `Cannot run ${quoteValue(program)}: the program after "--" has no name`,
    );
  }
  return { kind: "argv", argv: [program, ...args] };
}

function readMentions(
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
function agreeOnTask(mentions: readonly Mention[]): TaskSelector | undefined {
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

function missingDashes({ typed, surplus, command }: Words) {
  const right = [
    "porthole",
    ...typed.slice(0, -surplus.length),
    "--",
    ...surplus,
    ...(command ?? []),
  ];
  return usageError(
    `Cannot understand ${quoteValue(surplus[0]!)}: a command goes after "--"`,
    shellLine(right),
  );
}

/** What a user may be called, and a group: nothing that a program would take for a flag or a shell for more. */
const USER = /^[A-Za-z0-9_][\w.$-]*(:[A-Za-z0-9_][\w.$-]*)?$/;

function readUser(sources: FlagSources): string | undefined {
  const user = readText(sources, "user")?.value;
  if (user === undefined || USER.test(user)) return user;
  throw usageError(
    `Cannot use ${quoteValue(user)} as --user: it is no name or uid`,
    "It is written as NAME, UID, NAME:GROUP or UID:GID",
  );
}
