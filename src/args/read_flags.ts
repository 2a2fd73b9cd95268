import { closestName } from "../closest_name.ts";
import { parseDuration } from "../duration.ts";
import { quoteValue } from "../quote_value.ts";
import type { Setting } from "../setting.ts";
import {
  type ChoiceFlagName,
  type ChoiceOf,
  type FlagName,
  flagNamed,
  variablesOf,
} from "./flags.ts";
import { usageError } from "./usage_error.ts";

/** Where flags get their values: the command line, else the flag's variable. */
export interface FlagSources {
  readonly given: ReadonlyMap<FlagName, readonly string[]>;
  readonly env: (name: string) => string | undefined;
}

/** Reads the text of a flag or its variable; an empty variable counts as unset. */
export function readText(
  sources: FlagSources,
  name: FlagName,
): Setting<string> | undefined {
  const setting = readTyped(sources, name) ?? readVariable(sources, name);
  // A shell line may contain anything; a line break in a name is a mistake.
  if (name !== "command" && /\p{Cc}/u.test(setting?.value ?? "")) {
    throw badValue(setting!, "it contains a control character");
  }
  return setting;
}

function readTyped(
  { given }: FlagSources,
  name: FlagName,
): Setting<string> | undefined {
  const value = given.get(name)?.at(-1);
  return value === undefined
    ? undefined
    : { value, source: { kind: "flag", name: `--${name}` } };
}

/** Reads every value of a repeatable flag, as typed. */
export function readAll(
  { given }: FlagSources,
  name: FlagName,
): readonly string[] {
  return given.get(name) ?? [];
}

/** Reads a flag whose values may also stand in one, with commas between them. */
export function readList(
  sources: FlagSources,
  name: FlagName,
): Setting<readonly string[]> | undefined {
  const { texts, source } = readTexts(sources, name);
  const value = texts.flatMap((text) => text.split(","))
    .filter((text) => text !== "");
  return source === undefined || value.length === 0
    ? undefined
    : { value, source };
}

/**
 * Reads a flag whose values are NAME=VALUE, with semicolons between those that stand in one; `\\;` is
 * one that belongs to a value. A value may be a secret: an error shows none.
 */
export function readPairs(
  sources: FlagSources,
  name: FlagName,
): ReadonlyMap<string, string> | undefined {
  const { texts, source } = readTexts(sources, name);
  const pairs = new Map<string, string>();
  for (const text of texts) {
    const parts = text.split(/(?<!\\);/)
      .map((part) => part.replaceAll("\\;", ";"));
    for (const [at, part] of parts.entries()) {
      if (part === "") continue;
      const split = part.indexOf("=");
      if (split <= 0) {
        throw usageError(
          `Cannot use ${source?.name}: ${
            parts.length === 1 ? "its value" : `part ${at + 1} of its value`
          } is not NAME=VALUE`,
          'Several are written as "A=1;B=2"; a semicolon of a value is written as "\\;"',
        );
      }
      pairs.set(part.slice(0, split), part.slice(split + 1));
    }
  }
  return pairs.size === 0 ? undefined : pairs;
}

/** Every value that was typed, else that of the variable. */
function readTexts(
  sources: FlagSources,
  name: FlagName,
): {
  readonly texts: readonly string[];
  readonly source?: Extract<Setting<string>["source"], { name: string }>;
} {
  const texts = readAll(sources, name);
  if (texts.length > 0) {
    return { texts, source: { kind: "flag", name: `--${name}` } };
  }
  const variable = readVariable(sources, name);
  return variable === undefined || variable.source.kind !== "env"
    ? { texts: [] }
    : { texts: [variable.value], source: variable.source };
}

/** Reads whether a switch is on. */
export function readSwitch(sources: FlagSources, name: FlagName): boolean {
  return readTriState(sources, name) ?? false;
}

/** Reads whether a switch was turned on or off; undefined when it was left alone. */
export function readTriState(
  sources: FlagSources,
  name: FlagName,
): boolean | undefined {
  return readState(sources, name)?.value;
}

/** The same, with what has turned it. */
export function readState(
  sources: FlagSources,
  name: FlagName,
): Setting<boolean> | undefined {
  const setting = readText(sources, name);
  if (setting === undefined) return undefined;
  switch (setting.value.toLowerCase()) {
    case "0":
    case "false":
    case "no":
      return { value: false, source: setting.source };
    case "1":
    case "true":
    case "yes":
      return { value: true, source: setting.source };
    default:
      throw badValue(setting, "it is neither true nor false");
  }
}

/** Reads a flag that takes one of a few values. */
export function readChoice<N extends ChoiceFlagName>(
  sources: FlagSources,
  name: N,
): Setting<ChoiceOf<N>> | undefined {
  const { choices = [], anyCase = false } = flagNamed(name);
  return readOneOf(sources, name, choices as readonly ChoiceOf<N>[], anyCase);
}

/** Reads a flag that takes one of these values, which are not those of every verb. */
export function readOneOf<T extends string>(
  sources: FlagSources,
  name: FlagName,
  choices: readonly T[],
  anyCase = false,
): Setting<T> | undefined {
  const setting = readText(sources, name);
  if (setting === undefined) return undefined;
  const value = choices.find((choice) =>
    choice === setting.value ||
    (anyCase && choice.toLowerCase() === setting.value.toLowerCase())
  );
  if (value !== undefined) return { value, source: setting.source };
  const near = closestName(setting.value.toLowerCase(), choices);
  throw badValue(
    setting,
    `it must be one of {${choices.join("|")}}`,
    near && `Did you mean "${near}"?`,
  );
}

/** Reads a number of things: 0, 1, 2, …. */
export function readCount(
  sources: FlagSources,
  name: FlagName,
): number | undefined {
  const setting = readText(sources, name);
  if (setting === undefined || /^\d{1,9}$/.test(setting.value)) {
    return setting && Number(setting.value);
  }
  throw badValue(
    setting,
    /^\d+$/.test(setting.value)
      ? "it must be at most 999999999"
      : "it is not a whole number",
  );
}

/** Reads a duration into milliseconds. */
export function readDuration(
  sources: FlagSources,
  name: FlagName,
): Setting<number> | undefined {
  const setting = readText(sources, name);
  if (setting === undefined) return undefined;
  const value = parseDuration(setting.value);
  const hint = 'Write it as "30s", "5m" or "1h30m"; "0" means no limit';
  if (value === undefined) {
    throw badValue(setting, "it is not a duration", hint);
  }
  if (value < 0) throw badValue(setting, "a duration cannot be negative", hint);
  return { value, source: setting.source };
}

function readVariable(
  { env }: FlagSources,
  name: FlagName,
): Setting<string> | undefined {
  for (const variable of variablesOf(flagNamed(name))) {
    const value = env(variable);
    if (value !== undefined && value !== "") {
      return { value, source: { kind: "env", name: variable } };
    }
  }
  return undefined;
}

function badValue(
  { value, source }: Setting<string>,
  reason: string,
  hint?: string,
) {
  const name = source.kind === "flag" || source.kind === "env"
    ? source.name
    : source.kind;
  return usageError(
    `Cannot use ${quoteValue(value)} as ${name}: ${reason}`,
    hint,
  );
}
