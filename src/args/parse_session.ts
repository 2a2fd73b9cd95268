import { present } from "../present.ts";
import { quoteValue } from "../quote_value.ts";
import type { RemoteCommand, SessionInvocation } from "./invocation.ts";
import type { StderrChoice } from "../choices.ts";
import { parseVariableFiles } from "./parse_environment.ts";
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
import { CLUSTER_FLAG, type Words } from "./read_words.ts";
import { shellLine, usageError } from "./usage_error.ts";

/** AWS advises to "wait and try again" while an agent is starting. */
export const AGENT_TIMEOUT_MS = 30_000;

/** Makes sense of what `exec` and `run` have in common, but for the variables. */
export function parseSession(
  words: Words,
  sources: FlagSources,
  mentions: readonly Mention[],
): Omit<SessionInvocation, "env"> {
  if (words.surplus.length > 0) throw missingDashes(words);
  const command = readCommand(words, sources);
  const interactive = readSwitch(sources, "interactive");
  const noStdin = readSwitch(sources, "no-stdin");
  if (interactive && noStdin) {
    throw usageError(
      'Cannot use "--interactive" with "--no-stdin": one sends standard input, the other does not read it',
    );
  }
  const result = readText(sources, "result")?.value;
  if (result === "-") {
    throw usageError(
      'Cannot use "-" as --result: it is not the name of a file',
      "-o json prints the result on standard output; a file of this name is ./-",
    );
  }
  const binary = readTriState(sources, "binary");
  const user = readUser(sources);
  const dryRun = readSwitch(sources, "dry-run");
  const stderr = readChoice(sources, "stderr")?.value;
  const noShell = readSwitch(sources, "no-shell");
  if (noShell) refuseScriptFlags(sources, { stderr, binary });
  if (dryRun && result !== undefined) {
    throw usageError(
      'Cannot use "--result" with "--dry-run": a dry run has no result',
      "-o json prints the plan as one JSON object",
    );
  }
  return present({
    shared: readShared(sources, mentions),
    container: readText(sources, "container")?.value,
    command,
    interactive,
    tty: readSwitch(sources, "tty"),
    noStdin,
    filterCommand: readText(sources, "filter-command")?.value,
    via: readChoice(sources, "via"),
    ecsExec: readChoice(sources, "ecs-exec"),
    session: readChoice(sources, "session"),
    agentTimeoutMs: readDuration(sources, "agent-timeout")?.value ??
      AGENT_TIMEOUT_MS,
    noShell,
    dryRun,
    output: readChoice(sources, "output")?.value ?? "text",
    result,
    variableFiles: parseVariableFiles(readAll(sources, "env")),
    record: readRecord(sources),
    binary,
    stderr,
    keepAlive: readTriState(sources, "keep-alive"),
    user,
    workdir: readText(sources, "workdir")?.value,
    privileged: readSwitch(sources, "privileged"),
  });
}

function readRecord(sources: FlagSources): SessionInvocation["record"] {
  const path = readText(sources, "record")?.value;
  const input = readSwitch(sources, "record-input");
  if (path !== undefined) return { path, input };
  if (!input) return undefined;
  throw usageError(
    'Cannot use "--record-input" without "--record": it adds the keys to a recording',
    "Write it as --record FILE --record-input",
  );
}

/** Refuses the flags that need a shell in the container. */
function refuseScriptFlags(
  { given }: FlagSources,
  { stderr, binary }: {
    readonly stderr: StderrChoice | undefined;
    readonly binary: boolean | undefined;
  },
): void {
  const typed = [
    ...(["user", "workdir"] as const).filter((flag) => given.has(flag)),
    ...(stderr === "split" ? ["stderr split"] : []),
    ...(binary ? ["binary"] : []),
  ][0];
  if (typed === undefined) return;
  throw usageError(
    `Cannot use "--${typed}" with "--no-shell": it needs a shell in the container`,
  );
}

function readCommand(words: Words, sources: FlagSources): RemoteCommand {
  const line = readText(sources, "command")?.value;
  if (words.command === undefined) {
    return line === undefined ? { kind: "shell" } : { kind: "line", line };
  }
  if (line !== undefined) {
    throw usageError(
      'Cannot use "--command" with "--": each of them gives a command',
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
      `Cannot run ${quoteValue(program)}: the program name after "--" is empty`,
    );
  }
  return { kind: "argv", argv: [program, ...args] };
}

function missingDashes({ typed, operands, surplus, command }: Words) {
  const right = [
    "porthole",
    ...typed.slice(0, -surplus.length),
    "--",
    ...surplus,
    ...(command ?? []),
  ];
  return usageError(
    `Cannot understand ${quoteValue(surplus[0]!)}: a command goes after "--"`,
    typed[typed.indexOf(operands[1]!) - 1] === "-n"
      ? [shellLine(right), `${CLUSTER_FLAG}; -n is --no-stdin`]
      : shellLine(right),
  );
}

/** Valid names of users and groups: none that could be read as a flag, or by a shell. */
const USER = /^[A-Za-z0-9_][\w.$-]*(:[A-Za-z0-9_][\w.$-]*)?$/;

function readUser(sources: FlagSources): string | undefined {
  const user = readText(sources, "user")?.value;
  if (user === undefined || USER.test(user)) return user;
  throw usageError(
    `Cannot use ${quoteValue(user)} as --user: it is not a user name or uid`,
    "Write it as NAME, UID, NAME:GROUP or UID:GID",
  );
}
