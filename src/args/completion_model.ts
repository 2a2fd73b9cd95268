import {
  type Completable,
  type Flag,
  flagOf,
  FLAGS,
  usesFlag,
} from "./flags.ts";
import { VERB_HELP, type VerbHelp } from "./verbs.ts";

/** Where the words come from that can stand in a place. */
export type Candidates =
  /** Unknown words: nothing is offered. */
  | { readonly kind: "none" }
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "files" }
  /** Files here, and TARGETs with a ":" behind them; paths in a container are not looked up. */
  | { readonly kind: "places" }
  /** What `porthole __complete` answers: what there is in ECS, and what AWS's own files name. */
  | {
    readonly kind: "live";
    readonly of: Exclude<Completable, "files"> | "targets";
  };

/** A flag, as one verb takes it. */
export interface CompletionFlag {
  /** With its dashes, the long name first. */
  readonly names: readonly string[];
  /** A few words. */
  readonly summary: string;
  /** A switch has none. */
  readonly value?: Candidates;
}

/** A verb, or the place before any: what can follow it. */
export interface CompletionVerb {
  /** Empty before any verb. */
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly CompletionFlag[];
  readonly operand: Candidates;
}

/** Everything a completion script needs to know. */
export interface CompletionModel {
  /** The place before any verb, and then the verbs. */
  readonly verbs: readonly CompletionVerb[];
  /** The flags, by every name of theirs, that decide what there is in ECS. */
  readonly passed: readonly string[];
}

/** The flags that are passed on to `porthole __complete` if typed. */
const PASSED: readonly string[] = [
  "config",
  "envfile",
  "ext-str",
  "ext-code",
  "cluster",
  "service",
  "region",
  "profile",
  "rack",
];

const flags: readonly Flag[] = FLAGS;

/** Builds the model from the tables of the parser and the help. */
export function buildCompletionModel(): CompletionModel {
  const shared = flags.filter(({ verbs }) => verbs === undefined);
  return {
    verbs: [
      {
        name: "",
        summary: "",
        flags: shared.flatMap(completeFlag),
        operand: { kind: "words", words: VERB_HELP.map(({ name }) => name) },
      },
      ...VERB_HELP.map((verb) => ({
        name: verb.name,
        summary: verb.summary,
        flags: flags.filter((flag) => usesFlag(verb.name, flag))
          .map((flag) => flagOf(verb.name, flag))
          .flatMap(completeFlag),
        operand: completeOperand(verb),
      })),
    ],
    passed: flags.filter(({ name }) => PASSED.includes(name)).flatMap(namesOf),
  };
}

function completeOperand({ words, usage }: VerbHelp): Candidates {
  if (words !== undefined) return { kind: "words", words };
  if (usage.includes("DST")) return { kind: "places" };
  return usage.includes("TARGET")
    ? { kind: "live", of: "targets" }
    : { kind: "none" };
}

function completeFlag(flag: Flag): readonly CompletionFlag[] {
  const { name, negatable, value, description } = flag;
  const itself = {
    names: namesOf(flag),
    summary: shorten(description),
    ...(value === undefined ? {} : { value: completeValue(flag) }),
  };
  return negatable
    ? [itself, { names: [`--no-${name}`], summary: `turn --${name} off` }]
    : [itself];
}

function namesOf({ name, short }: Flag): readonly string[] {
  return [`--${name}`, ...(short === undefined ? [] : [`-${short}`])];
}

function completeValue({ choices, completes }: Flag): Candidates {
  if (choices !== undefined) return { kind: "words", words: choices };
  switch (completes) {
    case undefined:
      return { kind: "none" };
    case "files":
      return { kind: "files" };
    default:
      return { kind: "live", of: completes };
  }
}

/** The start of a description, without parentheses and details. */
function shorten(description: string): string {
  return description.replaceAll(/ \([^)]*\)/g, "").split(/;|: /)[0]!;
}
