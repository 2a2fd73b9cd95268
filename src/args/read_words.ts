import { Command, CommanderError, Option } from "commander";
import { closestName } from "../closest_name.ts";
import { PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import { type Flag, type FlagName, FLAGS } from "./flags.ts";
import { hideValues } from "./hide_values.ts";
import { usageError } from "./usage_error.ts";

/** A command line taken apart, before anything in it is understood. */
export interface Words {
  /** The verb and the words it may take: one, and of what shells ask two. */
  readonly operands: readonly string[];
  /** Everything before `--` as typed, for hints: but for the values of `--env`. */
  readonly typed: readonly string[];
  /** The end of `typed`, from the first word too many. */
  readonly surplus: readonly string[];
  /** The flags with their values in order, switches as "true" or "false" or what was typed. */
  readonly given: ReadonlyMap<FlagName, readonly string[]>;
  /** What follows `--`; absent without one. */
  readonly command?: readonly string[];
  /** A flag that could not be read. Whoever knows the verb throws it. */
  readonly problem?: PortholeError;
}

/** A verb and its TARGET or TOPIC; what is to be completed comes before its TARGET. */
function mostOperands([verb]: readonly string[]): number {
  return verb === "__complete" ? 3 : 2;
}

/** Follows a switch's name where it was typed with a value: no argument can hold this character. */
const VALUE_MARK = "\0";

const flags: readonly (Flag & { readonly name: FlagName })[] = FLAGS;

const known = new WeakMap<readonly string[], Words>();

/**
 * Takes argv apart: flags, words, and the remote command after the first `--`. The same argv is
 * taken apart once: the parser takes milliseconds to build.
 */
export function readWords(argv: readonly string[]): Words {
  const words = known.get(argv) ?? takeApart(argv);
  known.set(argv, words);
  return words;
}

function takeApart(argv: readonly string[]): Words {
  // Commander would take the first word after `--` as one of ours.
  const end = argv.indexOf("--");
  const ours = end < 0 ? argv : argv.slice(0, end);
  const typed = hideValues(ours);
  const given = new Map<FlagName, string[]>();
  const parser = buildParser(given);
  const operands: string[] = [];
  let surplus: readonly string[] = [];
  let problem: PortholeError | undefined;
  let rest = ours.map(normalizeValue);
  try {
    // One word a turn: what follows the last permitted one stays as it was typed.
    while (rest.length > 0) {
      const { operands: [word, ...tail], unknown } = parser.parseOptions(rest);
      if (unknown[0] !== undefined) throw unknownFlag(unknown[0], operands[0]);
      if (word === undefined) break;
      if (operands.length === mostOperands(operands)) {
        surplus = typed.slice(typed.length - tail.length - 1);
        break;
      }
      operands.push(word);
      rest = tail;
    }
  } catch (error) {
    problem = tellProblem(error, ours.at(-1) ?? "");
  }
  return {
    operands,
    typed,
    surplus,
    given,
    ...(end < 0 ? {} : { command: argv.slice(end + 1) }),
    ...(problem === undefined ? {} : { problem }),
  };
}

function tellProblem(error: unknown, lastWord: string): PortholeError {
  if (error instanceof PortholeError) return error;
  // All that commander itself can object to: the last word is a flag that lacks its value.
  if (error instanceof CommanderError) return missingValue(lastWord);
  throw error;
}

function buildParser(given: Map<FlagName, string[]>): Command {
  const add = (name: FlagName, value: string) =>
    given.set(name, [...given.get(name) ?? [], value]);
  const parser = new Command()
    .passThroughOptions()
    .helpOption(false)
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: () => {} });
  for (const { name, short, value, negatable } of flags) {
    const names = short === undefined ? `--${name}` : `-${short}, --${name}`;
    if (value === undefined) {
      parser.addOption(new Option(names));
      parser.on(`option:${name}`, () => add(name, "true"));
      parser.addOption(new Option(`--${name}${VALUE_MARK} <value>`));
      parser.on(
        `option:${name}${VALUE_MARK}`,
        (typed: string) => add(name, typed),
      );
      if (negatable) {
        parser.addOption(new Option(`--no-${name}`));
        parser.on(`option:no-${name}`, () => add(name, "false"));
      }
    } else {
      parser.addOption(new Option(`${names} <value>`));
      parser.on(`option:${name}`, (typed: string) => {
        if (typed.trim() === "") throw emptyValue(`--${name}`);
        if (looksLikeFlag(typed)) throw missingValue(`--${name}`);
        add(name, typed);
      });
    }
  }
  return parser;
}

/**
 * Turns `--debug=false` and `-c=web` into what commander reads; it knows no values of switches.
 *
 * A switch with a value becomes another flag, one that nobody can type.
 */
function normalizeValue(word: string): string {
  const [, long, short, value] =
    /^(?:--([a-z-]+)|-([a-z]))=(.*)$/s.exec(word) ?? [];
  const flag = flags.find(({ name, short: letter }) =>
    name === long || (short !== undefined && letter === short)
  );
  if (flag === undefined) return word;
  return `--${flag.name}${flag.value === undefined ? VALUE_MARK : ""}=${value}`;
}

function looksLikeFlag(value: string): boolean {
  return value.startsWith("--") ||
    (/^-[a-z]+$/.test(value) &&
      [...value.slice(1)].every((letter) =>
        flags.some(({ short }) => short === letter)
      ));
}

function missingValue(typed: string): PortholeError {
  const flag = flags.find(({ name, short }) =>
    typed === `--${name}` || typed === `-${short}`
  );
  return usageError(
    `Cannot use ${quoteValue(typed)}: its value is missing`,
    flag && `Write it as --${flag.name} ${flag.value}`,
  );
}

function emptyValue(typed: string): PortholeError {
  return usageError(`Cannot use ${quoteValue(typed)}: its value is empty`);
}

function unknownFlag(word: string, verb: string | undefined): PortholeError {
  // What commander leaves of `-it=false`.
  if (word.startsWith("-=")) {
    return usageError(
      `Cannot understand ${
        quoteValue(word.slice(1))
      }: it follows several flags`,
      "Write the flag with the value on its own, as in --tty=false",
    );
  }
  const [typed] = word.split("=");
  return usageError(
    `Cannot understand ${quoteValue(typed!)}: no such flag`,
    hintFor(typed!, verb),
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
  const near = typed.startsWith("--") ? closestName(typed, names) : undefined;
  if (near !== undefined) return `Did you mean "${near}"?`;
  return verb === "exec" || verb === "run"
    ? `Flags of the remote command go after "--"; porthole's own are in "porthole ${verb} --help"`
    : 'See "porthole help"';
}

function isSwitch(typed: string): boolean {
  return flags.some(({ name, value }) =>
    value === undefined && typed === `--${name}`
  );
}
