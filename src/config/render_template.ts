import { closestName } from "../closest_name.ts";
import { quoteValue } from "../quote_value.ts";
import { configError, type ConfigFile } from "./config_error.ts";
import { type Call, scanTemplate } from "./scan_template.ts";

/** A text with its templates filled in, and where each stretch of it came from. */
export interface RenderedText {
  readonly text: string;
  readonly stretches: readonly Stretch[];
}

/** A part of the rendered text: copied from `origin` on, or put in for the template at `origin`. */
interface Stretch {
  readonly start: number;
  readonly origin: number;
  readonly copied: boolean;
}

/**
 * Fills in the templates that yield plain text, before the file is parsed.
 *
 * ecspresso does so too: that is why an unquoted `region: {{ must_env "X" }}` is valid.
 */
export function renderTemplate(
  file: ConfigFile,
  env: (name: string) => string | undefined,
): RenderedText {
  const stretches: Stretch[] = [];
  let text = "";
  for (const part of scanTemplate(file)) {
    const copied = part.kind === "text";
    const added = copied
      ? file.text.slice(part.start, part.end)
      : part.calls.reduce<string | undefined>(
        (piped, call) => evaluate(file, call, piped, env),
        undefined,
      ) ?? "";
    if (added === "") continue;
    stretches.push({ start: text.length, origin: part.start, copied });
    text += added;
  }
  return { text, stretches };
}

/** Takes an offset in the rendered text back to the file. */
export function originOf(rendered: RenderedText, offset: number): number {
  const stretch = rendered.stretches.findLast(({ start }) => start <= offset);
  if (stretch === undefined) return 0;
  return stretch.copied
    ? stretch.origin + offset - stretch.start
    : stretch.origin;
}

/** Answers with the text, or with what is wrong. */
type TextFunction = (
  args: readonly string[],
  env: (name: string) => string | undefined,
) => string | { readonly wrong: string; readonly hint?: string };

const FUNCTIONS: Readonly<Record<string, TextFunction>> = {
  // Every argument but the last names a variable; the first that is set and not empty wins.
  env: (args, env) => {
    const last = args.at(-1);
    if (last === undefined) {
      return { wrong: "env needs the name of a variable" };
    }
    const names = args.length === 1 ? args : args.slice(0, -1);
    const value = names.map((name) => lookUp(name, env)).find(Boolean);
    return value ?? (args.length === 1 ? "" : last);
  },
  must_env: (args, env) => {
    const [name] = args;
    if (name === undefined || args.length > 1) {
      return { wrong: "must_env needs the name of one variable" };
    }
    return lookUp(name, env) ?? {
      wrong: `the environment variable ${quoteValue(name)} is not set`,
      hint: "Set it, or give a default with {{ env NAME DEFAULT }}",
    };
  },
  json_escape: ([value, ...more]) =>
    value === undefined || more.length > 0
      ? { wrong: "json_escape needs one value" }
      : JSON.stringify(value).slice(1, -1),
};

/** Functions of ecspresso's plugins: they ask somebody else, and only within values. */
const PLUGIN_FUNCTIONS = [
  "ssm",
  "tfstate",
  "tfstatef",
  "secretsmanager_arn",
  "cfn_output",
  "cfn_export",
];

function evaluate(
  file: ConfigFile,
  { name, args, offset }: Call,
  piped: string | undefined,
  env: (name: string) => string | undefined,
): string {
  if (!Object.hasOwn(FUNCTIONS, name)) {
    throw unknownFunction(file, name, offset);
  }
  const result = FUNCTIONS[name]!(
    piped === undefined ? args : [...args, piped],
    env,
  );
  if (typeof result === "string") return result;
  throw configError(file, offset, result.wrong, result.hint);
}

function unknownFunction(file: ConfigFile, name: string, offset: number) {
  if (PLUGIN_FUNCTIONS.includes(name)) {
    return configError(
      file,
      offset,
      `the template function "${name}" is not supported yet`,
      'Write the value itself, or hand it over with {{ must_env "NAME" }}',
    );
  }
  const names = Object.keys(FUNCTIONS);
  const near = closestName(name, names);
  return configError(
    file,
    offset,
    `there is no template function ${quoteValue(name)}`,
    near ? `Did you mean "${near}"?` : `There are ${names.join(", ")}`,
  );
}

/** No variable can have such a name, and asking for it is an error on some systems. */
function lookUp(
  name: string,
  env: (name: string) => string | undefined,
): string | undefined {
  return name === "" || /[=\0]/.test(name) ? undefined : env(name);
}
