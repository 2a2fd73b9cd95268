import { quoteValue } from "../quote_value.ts";
import { configError, type ConfigFile } from "./config_error.ts";
import type { Call } from "./scan_template.ts";

type Env = (name: string) => string | undefined;

/** Answers with the text, or with what is wrong. */
type TextFunction = (
  args: readonly string[],
  env: Env,
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

/** The functions that need nothing but their arguments and the environment. */
export const TEXT_FUNCTION_NAMES: readonly string[] = Object.keys(FUNCTIONS);

/** Whether nothing in these calls needs more than the environment. */
export function isTextOnly(calls: readonly Call[]): boolean {
  return calls.every(({ name, args }) =>
    TEXT_FUNCTION_NAMES.includes(name) &&
    args.every((argument) =>
      typeof argument === "string" || isTextOnly(argument)
    )
  );
}

/** Calls a function that needs nothing but its arguments and the environment. */
export function callTextFunction(
  file: ConfigFile,
  { name, offset }: Call,
  args: readonly string[],
  env: Env,
): string {
  const result = FUNCTIONS[name]!(args, env);
  if (typeof result === "string") return result;
  throw configError(file, offset, result.wrong, result.hint);
}

/** No variable can have such a name, and asking for it is an error on some systems. */
function lookUp(name: string, env: Env): string | undefined {
  return name === "" || /[=\0]/.test(name) ? undefined : env(name);
}
