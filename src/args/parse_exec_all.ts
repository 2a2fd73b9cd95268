import { present } from "../present.ts";
import { quoteValue } from "../quote_value.ts";
import type { FlagName } from "./flags.ts";
import type { ExecAllInvocation } from "./invocation.ts";
import { parseSession } from "./parse_session.ts";
import { parseTarget } from "./parse_target.ts";
import { readSessionVariables } from "./read_session_variables.ts";
import {
  type FlagSources,
  readChoice,
  readCount,
  readSwitch,
  readText,
} from "./read_flags.ts";
import { refuseService } from "./refuse_service.ts";
import type { Words } from "./read_words.ts";
import { usageError } from "./usage_error.ts";

const PARALLEL = 10;
/** A session is a connection, and often a file: more come near what a process may open. */
const MOST_PARALLEL = 500;

/** The flags that mean nothing without `--all`. */
const FLAGS_OF_MANY = [
  "all-services",
  "parallel",
  "prefix",
  "fail-fast",
  "output-dir",
] as const satisfies readonly FlagName[];

const CHOOSES = "it chooses one task";
const RECORDS = "it records an interactive session";
/** The flags that are about one task, and why. */
const FLAGS_OF_ONE = [
  ["task-id", CHOOSES],
  ["pick", CHOOSES],
  ["wait-for-task", "it waits for one task"],
  ["record", RECORDS],
  ["record-input", RECORDS],
  ["filter-command", CHOOSES],
] as const satisfies readonly (readonly [FlagName, string])[];

/** Makes sense of `porthole exec --all …`. */
export function parseExecAll(
  words: Words,
  sources: FlagSources,
): ExecAllInvocation {
  refuseOne(sources);
  const allServices = readSwitch(sources, "all-services");
  const target = words.operands[1];
  const named = target === undefined
    ? undefined
    : parseTarget(target, { wholeCluster: true });
  if (named?.task !== undefined) {
    throw usageError(
      `Cannot use --all with TARGET ${quoteValue(target!)}: it is one task`,
      "Name a service, or leave --all out",
    );
  }
  if (target?.endsWith("/") && !allServices) throw missingService(named);
  const session = parseSession(
    words,
    sources,
    named === undefined ? [] : [{
      said: `TARGET ${quoteValue(target!)}`,
      source: { kind: "target" },
      named,
    }],
  );
  if (allServices) refuseService(session, "it means the whole cluster");
  if (session.interactive) throw refuseInput("--interactive");
  if (session.tty) throw refuseInput("--tty");
  if (session.command.kind === "shell") {
    throw usageError(
      "Cannot use --all without a command: a shell needs one task",
      'Name a command after "--"',
    );
  }
  const outputDir = readText(sources, "output-dir")?.value;
  if (session.dryRun && outputDir !== undefined) {
    throw usageError(
      'Cannot use "--output-dir" with "--dry-run": a dry run has no results',
    );
  }
  return present({
    ...session,
    kind: "exec_all",
    noStdin: true,
    // A file gets every byte.
    binary: session.binary ?? (outputDir === undefined ? undefined : true),
    env: readSessionVariables(sources, session),
    allServices,
    parallel: readParallel(sources),
    prefix: readChoice(sources, "prefix")?.value ?? "auto",
    failFast: readSwitch(sources, "fail-fast"),
    outputDir,
  });
}

/**
 * Refuses, without `--all`, what only means something with it.
 *
 * @throws {PortholeError} usage
 */
export function refuseMany({ given }: FlagSources): void {
  const flag = FLAGS_OF_MANY.find((name) => given.has(name));
  if (flag === undefined) return;
  throw usageError(
    `Cannot use "--${flag}" without "--all": it is about many tasks`,
  );
}

/** The error of `--all` where nothing says which service's tasks are meant. */
export function missingService(
  { cluster }: { readonly cluster?: string } = {},
) {
  return usageError(
    "Cannot use --all: no service was named",
    [
      "Name one: porthole exec --all SERVICE -- COMMAND",
      cluster === undefined
        ? "With -A it means every task of the cluster"
        : `With -A it means every task of cluster ${quoteValue(cluster)}`,
    ],
  );
}

function refuseOne({ given }: FlagSources): void {
  const found = FLAGS_OF_ONE.find(([name]) => given.has(name));
  if (found === undefined) return;
  const [flag, why] = found;
  throw usageError(`Cannot use "--${flag}" with "--all": ${why}`);
}

function refuseInput(flag: string) {
  return usageError(
    `Cannot use "${flag}" with "--all": many tasks cannot share one standard input`,
    "Leave it out: standard input is not read",
  );
}

function readParallel(sources: FlagSources): number {
  const count = readCount(sources, "parallel") ?? PARALLEL;
  if (count >= 1 && count <= MOST_PARALLEL) return count;
  throw usageError(
    `Cannot use "${count}" as --parallel: it must be from 1 to ${MOST_PARALLEL}`,
  );
}
