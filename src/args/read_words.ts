import { present } from "../present.ts";
import { parseArgs } from "node:util";
import { closestName } from "../closest_name.ts";
import { PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import {
  type Flag,
  type FlagName,
  FLAGS,
  takesFlag,
  type Verb,
  VERB_NAMES,
} from "./flags.ts";
import { hideValues } from "./hide_values.ts";
import { usageError } from "./usage_error.ts";

/** The values of flags in the order they were typed; of switches "true", "false" or what was typed. */
export type FlagValues = ReadonlyMap<FlagName, readonly string[]>;

/** A command line taken apart, before anything in it is understood. */
export interface Words {
  /** The verb and the words it may take: one, and of what shells ask two. */
  readonly operands: readonly string[];
  /** Everything before `--` as typed, for hints: but for the values of variables. */
  readonly typed: readonly string[];
  /** The end of `typed`, from the first word too many. */
  readonly surplus: readonly string[];
  /** The flags that stand before `surplus` and before the problem. */
  readonly given: FlagValues;
  /** All flags before `--`: where the rest cannot be understood, they decide how that is reported. */
  readonly mentioned: FlagValues;
  /** What follows `--`; absent without one. */
  readonly command?: readonly string[];
  /** The first flag that could not be read. It is thrown where the verb is known. */
  readonly problem?: PortholeError;
}

type OptionToken = Extract<
  ReturnType<typeof tokenize>[number],
  { kind: "option" }
>;

type KnownFlag = Flag & { readonly name: FlagName };

const flags: readonly KnownFlag[] = FLAGS;

/** Each is a listener, and a session of its own. */
export const MOST_PORTS = 64;
/** No rack has more parameters to set. */
const MOST_PARAMETERS = 256;

/** So many tasks are stopped by one command. */
const MOST_TASKS = 100;

/** What a shell expands \`*\` to can be long; ARG_MAX ends it somewhere below this. */
const MOST_FILES = 1_000_000;

/** A verb and its TARGET or TOPIC; what is to be completed comes before its TARGET. */
function mostOperands([verb, word]: readonly string[]): number {
  if (verb === "stop") return 1 + MOST_TASKS;
  if (verb === "forward") return 2 + MOST_PORTS;
  if (verb === "rack") {
    return word === "params" ? MOST_PARAMETERS : word === "user" ? 4 : 3;
  }
  if (verb === "cp") return MOST_FILES;
  return verb === "__complete" ? 3 : 2;
}

/** Takes argv apart: flags, words, and the remote command after the first `--`. */
export function readWords(argv: readonly string[]): Words {
  const end = argv.indexOf("--");
  const ours = end < 0 ? argv : argv.slice(0, end);
  // A slow completion is started again with the same words, which are never shown.
  const typed = ours[0] === "__complete" ? ours : hideValues(ours);
  const operands: string[] = [];
  const given = new Map<FlagName, readonly string[]>();
  const mentioned = new Map<FlagName, readonly string[]>();
  let surplus: readonly string[] = [];
  let problem: PortholeError | undefined;

  for (const token of tokenizeFor(ours)) {
    const isOver = problem !== undefined || surplus.length > 0;
    if (token.kind === "positional") {
      if (isOver) continue;
      if (operands.length < mostOperands(operands)) operands.push(token.value);
      else surplus = typed.slice(token.index);
    } else if (token.kind === "option") {
      const read = readFlag(token, ours, operands[0]);
      if (read instanceof PortholeError) {
        if (!isOver) problem = read;
        continue;
      }
      addValue(mentioned, read);
      if (!isOver) addValue(given, read);
    }
  }
  return {
    operands,
    typed,
    surplus,
    given,
    mentioned,
    ...(end < 0 ? {} : { command: argv.slice(end + 1) }),
    ...present({ problem }),
  };
}

/** A letter may be a flag of one verb, and another of the others: the first word says which verb it is. */
function tokenizeFor(words: readonly string[]) {
  const tokens = tokenize(words, undefined);
  const first = tokens.find(({ kind }) => kind === "positional");
  const verb = first?.kind === "positional"
    ? verbNamed(first.value)
    : undefined;
  return verb === undefined ? tokens : tokenize(words, verb);
}

function verbNamed(word: string | undefined) {
  return VERB_NAMES.find((name) => name === word);
}

/** The parser of Node's library as a tokenizer only: it judges nothing. */
function tokenize(words: readonly string[], verb: Verb | undefined) {
  return parseArgs({
    args: words.map((word, at) => spellOut(word, at, verb)),
    options: Object.fromEntries(
      flags.flatMap((flag) => {
        const { name, short, alias, value } = flag;
        const type = value === undefined ? "boolean" : "string";
        const hasLetter = short !== undefined &&
          flagOfLetter(short, verb) === flag;
        return [
          [name, { type, ...(hasLetter ? { short } : {}) }] as const,
          ...(alias === undefined ? [] : [[alias, { type }] as const]),
        ];
      }),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

/**
 * Turns `-c=web` into `--container=web`, which is the only form with the sign that the tokenizer knows.
 * A first word `-v` or `-V` asks for the version; behind a command it does not, since exec may not end
 * with 0 where nothing has run.
 */
function spellOut(word: string, at: number, verb: Verb | undefined): string {
  if (at === 0 && /^-v$/i.test(word)) return "--version";
  const [, letter, value] = /^-([a-z])=(.*)$/si.exec(word) ?? [];
  const flag = letter === undefined ? undefined : flagOfLetter(letter, verb);
  return flag === undefined ? word : `--${flag.name}=${value}`;
}

/** The flag of a letter: the verb's own, else the first that has it. */
function flagOfLetter(
  letter: string,
  verb: Verb | undefined,
): KnownFlag | undefined {
  const all = flags.filter(({ short }) => short === letter);
  return all.find((flag) => verb !== undefined && takesFlag(verb, flag)) ??
    all[0];
}

function addValue(
  values: Map<FlagName, readonly string[]>,
  { name, value }: { readonly name: FlagName; readonly value: string },
): void {
  values.set(name, [...values.get(name) ?? [], value]);
}

function readFlag(
  { name, rawName, value, inlineValue, index }: OptionToken,
  ours: readonly string[],
  verb: string | undefined,
): { readonly name: FlagName; readonly value: string } | PortholeError {
  const flag = flags.find((one) => one.name === name || one.alias === name);
  if (flag === undefined) {
    const negated = flags.find((one) =>
      one.negatable && name === `no-${one.name}` && value === undefined
    );
    if (negated !== undefined) return { name: negated.name, value: "false" };
    // The rest of `-it=false`.
    return rawName === "-="
      ? valueBehindSeveral(ours[index]!)
      : unknownFlag(rawName, verb);
  }
  if (flag.value === undefined) {
    return { name: flag.name, value: value ?? "true" };
  }
  if (value === undefined || (!inlineValue && looksLikeFlag(value))) {
    // A letter may mean something else to the user: `-w` of "kubectl get" watches.
    return isOfOthers(flag, verb)
      ? unknownFlag(rawName, verb)
      : missingValue(flag, rawName);
  }
  if (value.trim() === "") {
    return usageError(
      `Cannot use "--${flag.name}": its value is empty`,
      flag.name === "service" ? WITHOUT_SERVICE : undefined,
    );
  }
  // After combined letters, as in `-no=json`, the tokenizer leaves the "=" in the value.
  const bare = inlineValue && !rawName.startsWith("--")
    ? value.replace(/^=/, "")
    : value;
  return { name: flag.name, value: bare };
}

/** For those who want to be rid of the service of a file. */
const WITHOUT_SERVICE = [
  "--config none leaves out the configuration file of the directory",
  "porthole tasks --all-services lists every service of the cluster",
];

function isOfOthers(flag: Flag, word: string | undefined): boolean {
  const verb = verbNamed(word);
  return verb !== undefined && !takesFlag(verb, flag);
}

function looksLikeFlag(value: string): boolean {
  return value.startsWith("--") ||
    (/^-[a-z]+$/i.test(value) &&
      [...value.slice(1)].every((letter) =>
        flags.some(({ short }) => short === letter)
      ));
}

function missingValue({ name, value }: Flag, typed: string): PortholeError {
  return usageError(
    `Cannot use ${quoteValue(typed)}: its value is missing`,
    `Write it as --${name} ${value}`,
  );
}

function valueBehindSeveral(word: string): PortholeError {
  return usageError(
    `Cannot understand ${
      quoteValue(word.slice(word.indexOf("=")))
    }: a value cannot follow combined flags`,
    "Write the flag with the value on its own, as in --tty=false",
  );
}

function unknownFlag(word: string, verb: string | undefined): PortholeError {
  const [typed = ""] = word.split("=");
  return usageError(
    `Cannot understand ${quoteValue(typed)}: no such flag`,
    hintFor(typed, verb),
  );
}

function hintFor(typed: string, verb: string | undefined): string {
  const positive = typed.replace(/^--no-/, "--");
  if (positive !== typed && isSwitch(positive)) {
    return `Did you mean "${positive}=false"?`;
  }
  const names = flags
    .filter(({ verbs }) => !verbs || !verb || verbs.some((v) => v === verb))
    .map(({ name }) => `--${name}`);
  if (typed === "--env-file") {
    return "-e @FILE reads variables for the command; --envfile is for the configuration's templates";
  }
  const near = typed.startsWith("--") ? closestName(typed, names) : undefined;
  if (near !== undefined) return `Did you mean "${near}"?`;
  return verb === "exec" || verb === "run"
    ? `Flags of the remote command go after "--"; porthole's own are in "porthole ${verb} --help"`
    : 'See "porthole help"';
}

/** The hint for users of kubectl's `-n NAMESPACE`. */
export const CLUSTER_FLAG = "Name the cluster with --cluster NAME";

function isSwitch(typed: string): boolean {
  return flags.some(({ name, value }) =>
    value === undefined && typed === `--${name}`
  );
}
