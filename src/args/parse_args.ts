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
import { HELP_TOPICS } from "./help_topics.ts";
import type { Invocation } from "./invocation.ts";
import { helpOn } from "./parse_help.ts";
import { readVersion } from "./parse_version.ts";
import { readSwitch } from "./read_flags.ts";
import { CLUSTER_FLAG, type Words } from "./read_words.ts";
import { shellLine, usageError } from "./usage_error.ts";
import { VERBS } from "./verbs.ts";
import { answerElsewhere } from "./words_from_elsewhere.ts";
import { joinWords } from "../join_words.ts";

/** Parses a command line, and the environment below it; a mistake is a PortholeError "usage". */
export function parseArgs(
  words: Words,
  env: (name: string) => string | undefined,
): Invocation {
  const sources = { given: words.given, env };
  const verb = readVerb(words);
  if (words.problem !== undefined) throw words.problem;
  if (verb !== undefined) refuseFlagsOfOthers(verb, words);
  // Before the help: a shell would offer its words.
  if (verb !== "__complete") {
    if (readSwitch(sources, "help")) {
      return helpOn(HELP_TOPICS.find((topic) => topic === verb));
    }
    if (readSwitch(sources, "version")) return readVersion(sources);
  }
  return verb === undefined
    ? helpOn(undefined)
    : VERBS[verb].parse(words, sources);
}

/** The verb that a command line names, also where the rest of it cannot be understood. */
export function verbOf({ operands: [word] }: Words): Verb | undefined {
  return [...VERB_NAMES, ...HIDDEN_VERBS].find((verb) => verb === word);
}

function readVerb(words: Words): Verb | undefined {
  const [word] = words.operands;
  if (word === undefined) {
    if (words.command === undefined || words.problem !== undefined) return;
    throw usageError(
      'Cannot understand "--": no command (exec, run, …) before it',
      shellLine(["porthole", "exec", ...words.typed, "--", ...words.command]),
    );
  }
  const verb = verbOf(words);
  if (verb !== undefined) return verb;
  const elsewhere = answerElsewhere(word);
  if (elsewhere !== undefined) throw elsewhere;
  // kubectl's "-n NAMESPACE", before the verb.
  if (words.typed[words.typed.indexOf(word) - 1] === "-n") {
    throw usageError(
      `Cannot understand ${quoteValue(word)}: no such command`,
      `${CLUSTER_FLAG}; -n is --no-stdin`,
    );
  }
  const near = closestName(word, VERB_NAMES);
  throw usageError(
    `Cannot understand ${quoteValue(word)}: no such command`,
    near === undefined
      ? [
        `The commands are ${VERB_NAMES.join(", ")}`,
        `For the service ${quoteValue(word)}: ${execLine(words)}`,
      ]
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

function refuseFlagsOfOthers(verb: Verb, { given, typed }: Words): void {
  const flag: Flag | undefined = FLAGS.find((flag) =>
    given.has(flag.name) && !takesFlag(verb, flag)
  );
  if (flag === undefined) return;
  const long = `--${flag.name}`;
  const isLong = flag.short === undefined ||
    typed.some((word) => word.split("=", 1)[0] === long);
  throw usageError(
    `Cannot use ${
      isLong ? `"${long}"` : `"-${flag.short}" (${long})`
    } with "${verb}": it is a flag of ${
      joinWords((flag.verbs ?? []).map((name) => `"${name}"`))
    }`,
    flag.name === "no-stdin" ? CLUSTER_FLAG : undefined,
  );
}
