import { resolve } from "node:path";
import type { Deps } from "../deps.ts";
import { messageOf, PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import type { Setting } from "../setting.ts";

/**
 * Reads the files of `--envfile`, in the form that ecspresso reads (hashicorp/go-envparse): NAME=value
 * lines, with comments, single quotes, and double quotes with JSON's escapes. A later one wins.
 *
 * @throws {PortholeError} config_not_found, or config_invalid with file and line, but never with what
 * stands there.
 */
export async function readEnvFiles(
  named: Setting<readonly string[]> | undefined,
  { cwd, readTextFile }: Pick<Deps, "cwd" | "readTextFile">,
): Promise<ReadonlyMap<string, string>> {
  const variables = new Map<string, string>();
  for (const name of named?.value ?? []) {
    let text: string;
    try {
      text = await readTextFile(resolve(cwd(), name));
    } catch (error) {
      const missing = error instanceof Deno.errors.NotFound;
      throw new PortholeError(
        missing ? "config_not_found" : "config_invalid",
        `Cannot read the environment file ${quoteValue(name)}: ${
          missing
            ? "there is no such file"
            : error instanceof Deno.errors.IsADirectory
            ? "it is a directory"
            : messageOf(error)
        }`,
        {
          hint: named?.source.kind === "env"
            ? `Set by ${named.source.name}`
            : undefined,
          cause: error,
        },
      );
    }
    for (
      const [at, line] of text.replace(/^\ufeff/, "").split("\n").entries()
    ) {
      const parsed = parseLine(line);
      if (typeof parsed === "string") {
        throw new PortholeError(
          "config_invalid",
          `Cannot use ${name}:${at + 1}: ${parsed}`,
          { hint: 'Write a line as NAME=value or NAME="value"' },
        );
      }
      if (parsed !== undefined) variables.set(parsed.name, parsed.value);
    }
  }
  return variables;
}

/** A variable, what is wrong with the line, or undefined for one without a variable. */
function parseLine(
  line: string,
): { readonly name: string; readonly value: string } | string | undefined {
  const text = line.trim();
  if (text === "" || text.startsWith("#")) return undefined;
  const [, name, rest = ""] =
    /^(?:export\s+)?([A-Za-z_]\w*)\s*=(.*)$/s.exec(text) ?? [];
  if (name === undefined) {
    return text.includes("=")
      ? "the text before = is not a variable name"
      : "it has no =";
  }
  const value = parseValue(rest);
  return value === undefined
    ? "a quote is not closed, or the text between double quotes is not valid JSON"
    : { name, value };
}

/** Bare and quoted pieces follow each other; blanks around the whole do not count. */
function parseValue(text: string): string | undefined {
  const piece = /'([^']*)'|("(?:[^"\\]|\\.)*")|([^'"#]+)|(#.*$)/sy;
  let value = "";
  let bare = "";
  let at = 0;
  while (at < text.length) {
    piece.lastIndex = at;
    const match = piece.exec(text);
    if (match === null) return undefined;
    at = piece.lastIndex;
    const [, single, double, plain, comment] = match;
    if (comment !== undefined) break;
    if (plain !== undefined) {
      bare = value === "" && at === plain.length ? plain.trimStart() : plain;
      value += bare;
      continue;
    }
    bare = "";
    try {
      value += single ?? JSON.parse(double!);
    } catch {
      return undefined;
    }
  }
  return bare === ""
    ? value
    : value.slice(0, value.length - bare.length) + bare.trimEnd();
}
