import { quoteValue } from "../quote_value.ts";
import type { EnvironmentEntry } from "./invocation.ts";
import { usageError } from "./usage_error.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Reads the values of `--env`: `K=V`, or `K` for what K is here. No error text holds a value. */
export function parseEnvironment(
  values: readonly string[],
  local: (name: string) => string | undefined,
): readonly EnvironmentEntry[] {
  return values.filter((text) => !text.startsWith("@")).map((text) => {
    const end = text.indexOf("=");
    const name = end < 0 ? text : text.slice(0, end);
    if (!NAME.test(name)) {
      throw usageError(
        `Cannot use ${
          quoteValue(name)
        } in --env: it is not a valid variable name`,
        "Write it as -e NAME=VALUE, or -e NAME for the local value",
      );
    }
    const value = end < 0 ? local(name) : text.slice(end + 1);
    if (value === undefined) {
      throw usageError(
        `Cannot pass on "${name}" with --env: it is not set here`,
        `-e ${name}=VALUE gives it a value`,
      );
    }
    return { name, value };
  });
}

/** The files that `--env @FILE` names; undefined where there are none. */
export function parseVariableFiles(
  values: readonly string[],
): readonly string[] | undefined {
  const files = values.filter((text) => text.startsWith("@")).map((text) => {
    if (text.length > 1) return text.slice(1);
    throw usageError(
      'Cannot use "@" in --env: it names no file',
      "Write it as -e @FILE",
    );
  });
  return files.length === 0 ? undefined : files;
}
