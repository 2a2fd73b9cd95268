import { resolve } from "node:path";
import type {
  EnvironmentEntry,
  ExecAllInvocation,
  ExecInvocation,
  RunInvocation,
} from "../args/invocation.ts";
import { usageError } from "../args/usage_error.ts";
import type { Deps } from "../deps.ts";
import { messageOf, PortholeError } from "../errors.ts";
import { quotePath } from "../quote_value.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Reads the files of `-e @FILE` in docker's form: NAME=VALUE lines, everything behind the sign being the
 * value; NAME alone passes on the local value, where there is one; comments and empty lines. What was typed
 * wins, as with docker's `--env-file`.
 *
 * @throws {PortholeError} io_failed, usage: with file and line, but never with what stands there.
 */
export async function readVariableFiles<
  I extends ExecInvocation | ExecAllInvocation | RunInvocation,
>(
  invocation: I,
  deps: Pick<Deps, "cwd" | "env" | "readTextFile">,
): Promise<I> {
  const entries: EnvironmentEntry[] = [];
  for (const path of invocation.variableFiles ?? []) {
    const text = await readFile(path, deps);
    for (const [at, line] of text.split(/\r?\n/).entries()) {
      const entry = readLine(line, `${quotePath(path)}, line ${at + 1}`, deps);
      if (entry !== undefined) entries.push(entry);
    }
  }
  return invocation.kind === "run"
    ? { ...invocation, variables: [...entries, ...invocation.variables] }
    : { ...invocation, env: [...entries, ...invocation.env] };
}

async function readFile(
  path: string,
  { cwd, readTextFile }: Pick<Deps, "cwd" | "readTextFile">,
): Promise<string> {
  try {
    const text = await readTextFile(resolve(cwd(), path));
    return text.replace(/^\ufeff/, "");
  } catch (error) {
    throw new PortholeError(
      "io_failed",
      `Cannot read the variables in ${quotePath(path)}: ${
        error instanceof Deno.errors.NotFound
          ? "there is no such file"
          : error instanceof Deno.errors.IsADirectory
          ? "it is a directory"
          : messageOf(error)
      }`,
      { cause: error },
    );
  }
}

function readLine(
  line: string,
  place: string,
  { env }: Pick<Deps, "env">,
): EnvironmentEntry | undefined {
  const text = line.trimStart();
  if (text === "" || text.startsWith("#")) return undefined;
  const end = text.indexOf("=");
  const name = end < 0 ? text.trimEnd() : text.slice(0, end);
  if (!NAME.test(name) || text.includes("\0")) {
    throw usageError(
      `Cannot use ${place}: it is not a variable`,
      "Write a line as NAME=VALUE, or NAME for the local value",
    );
  }
  const value = end < 0 ? env(name) : text.slice(end + 1);
  return value === undefined ? undefined : { name, value };
}
