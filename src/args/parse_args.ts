import { closestName } from "../closest_name.ts";
import { quoteValue } from "../quote_value.ts";
import {
  type Flag,
  FLAGS,
  HIDDEN_VERBS,
  takesFlag,
  type Verb,
  VERB_NAMES,
} from "./flags.ts";
import { renderHelp } from "./help_text.ts";
import type { Invocation, VersionInvocation } from "./invocation.ts";
import { parseComplete } from "./parse_complete.ts";
import { parseCompletion } from "./parse_completion.ts";
import { parseConfigShow } from "./parse_config_show.ts";
import { parseExec } from "./parse_exec.ts";
import { parseExecSwitch } from "./parse_exec_switch.ts";
import { parseRun } from "./parse_run.ts";
import { parseStatus } from "./parse_status.ts";
import { parseTasks } from "./parse_tasks.ts";
import { type FlagSources, readSwitch } from "./read_flags.ts";
import { readShared } from "./read_shared.ts";
import { readWords, type Words } from "./read_words.ts";
import { refuseRest } from "./refuse_rest.ts";
import { shellLine, usageError } from "./usage_error.ts";
import { HELP_TOPICS, type HelpTopic } from "./verbs.ts";

/** Reads argv, with the environment under it; a mistake is a PortholeError "usage". */
export function parseArgs(
  argv: readonly string[],
  env: (name: string) => string | undefined,
): Invocation {
  const words = readWords(argv);
  const sources = { given: words.given, env };
  const verb = readVerb(words);
  if (words.problem !== undefined) throw words.problem;
  if (verb !== undefined) refuseFlagsOfOthers(verb, words);
  // Before the help: a shell would offer its words.
  if (verb === "__complete") return parseComplete(words, sources);
  if (readSwitch(sources, "help")) {
    return { kind: "help", text: renderHelp(topicOf(verb)) };
  }
  if (readSwitch(sources, "version")) {
    return readVersion(sources);
  }
  switch (verb) {
    case "exec":
      return parseExec(words, sources);
    case "run":
      return parseRun(words, sources);
    case "tasks":
      return parseTasks(words, sources);
    case "status":
      return parseStatus(words, sources);
    case "enable-exec":
    case "disable-exec":
      return parseExecSwitch(words, sources, verb);
    case "config":
      return parseConfigShow(words, sources);
    case "completion":
      return parseCompletion(words, sources);
    case "version":
      refuseRest(words, words.operands[1] ?? words.surplus[0]);
      return readVersion(sources);
    case "help":
      refuseRest(words, words.surplus[0]);
      return { kind: "help", text: renderHelp(readTopic(words.operands[1])) };
    case undefined:
      return { kind: "help", text: renderHelp() };
  }
}

/** Which verb argv names, for whoever has to tell an error: the verb decides the exit status. */
export function verbOf(argv: readonly string[]): Verb | undefined {
  const [word] = readWords(argv).operands;
  return findVerb(word);
}

function findVerb(word: string | undefined): Verb | undefined {
  return [...VERB_NAMES, ...HIDDEN_VERBS].find((verb) => verb === word);
}

/** Words people bring from the programs porthole learned from. */
const ELSEWHERE: Readonly<
  Record<string, readonly [message: string, hint: string]>
> = {
  rack: [
    'Cannot do "rack": porthole has no racks, it speaks to Amazon ECS itself',
    "Whether ECS Exec can be used is a property of each task: " +
    '"porthole enable-exec SERVICE" turns it on',
  ],
  deploy: [
    'Cannot do "deploy": porthole opens sessions and deploys nothing',
    'Deploy with what deploys now; "porthole enable-exec SERVICE" turns ECS Exec on',
  ],
};

function readVerb(words: Words): Verb | undefined {
  const [word] = words.operands;
  if (word === undefined) {
    if (words.command === undefined || words.problem !== undefined) return;
    throw usageError(
      'Cannot understand "--": no verb before it',
      shellLine(["porthole", "exec", ...words.typed, "--", ...words.command]),
    );
  }
  const verb = findVerb(word);
  if (verb !== undefined) return verb;
  const elsewhere = Object.hasOwn(ELSEWHERE, word) && ELSEWHERE[word];
  if (elsewhere) throw usageError(...elsewhere);
  const near = closestName(word, VERB_NAMES);
  throw usageError(
    `Cannot understand ${quoteValue(word)}: no such verb`,
    near === undefined
      ? `For the service ${quoteValue(word)}: ${execLine(words)}`
      : `Did you mean "porthole ${near}"?`,
  );
}

/** The command line with the forgotten verb put in, and the forgotten `--` where more words follow. */
function execLine({ typed, operands, command }: Words): string {
  const [service, next] = operands;
  const from = next === undefined
    ? typed.length
    : typed.indexOf(next, typed.indexOf(service!) + 1);
  const remote = [...typed.slice(from), ...(command ?? [])];
  return shellLine([
    "porthole",
    "exec",
    ...typed.slice(0, from),
    ...(remote.length === 0 ? [] : ["--", ...remote]),
  ]);
}

function readVersion(sources: FlagSources): VersionInvocation {
  return {
    kind: "version",
    shared: readShared(sources),
    check: readSwitch(sources, "check"),
  };
}

function refuseFlagsOfOthers(verb: Verb, { given }: Words): void {
  const flag: Flag | undefined = FLAGS.find((flag) =>
    given.has(flag.name) && !takesFlag(verb, flag)
  );
  if (flag === undefined) return;
  throw usageError(
    `Cannot use "--${flag.name}" with "${verb}": it is a flag of ${
      flag.verbs?.map((name) => `"${name}"`).join(" and ")
    }`,
  );
}

function topicOf(verb: Verb | undefined): HelpTopic | undefined {
  return HELP_TOPICS.find((topic) => topic === verb);
}

function readTopic(word: string | undefined): HelpTopic | undefined {
  if (word === undefined || word === "help") return undefined;
  const topic = HELP_TOPICS.find((name) => name === word);
  if (topic !== undefined) return topic;
  const near = closestName(word, HELP_TOPICS);
  throw usageError(
    `Cannot find help on ${quoteValue(word)}: the topics are ${
      HELP_TOPICS.join(", ")
    }`,
    near && `Did you mean "porthole help ${near}"?`,
  );
}
