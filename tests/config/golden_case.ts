import assert from "node:assert/strict";
import type { SessionChoice } from "../../src/choices.ts";
import type { World } from "./load.ts";

/**
 * One file of `good/` or `bad/`: a comment, then files and settings, each under a line `-- name --`,
 * and last what must come of them, under `-- result --` or `-- error --`.
 *
 * `variables`, `parameters` and `flags` are lines of NAME=VALUE; a parameter's value in brackets is a StringList.
 */
export interface GoldenCase {
  readonly path: string;
  readonly world: World;
  /** All before the expectation. */
  readonly given: string;
  readonly expected: string;
}

const HEADER = /^-- (\S+) --\n/m;
const EXPECTATION = /^-- (?:result|error) --\n/m;
const SETTINGS = ["variables", "parameters", "flags"];

/** Reads every case of a folder, in the order of their names. */
export async function readCases(
  folder: URL,
): Promise<readonly GoldenCase[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  return await Promise.all(
    names.sort().map(async (name) => {
      const { pathname } = new URL(`${folder.href}/${name}`);
      return readCase(pathname, await Deno.readTextFile(pathname));
    }),
  );
}

function readCase(path: string, text: string): GoldenCase {
  const [given = "", expected, ...more] = text.split(EXPECTATION);
  assert.ok(expected !== undefined && more.length === 0, path);
  const [, ...pieces] = given.split(HEADER);
  const sections = new Map<string, string>();
  for (let at = 0; at < pieces.length; at += 2) {
    sections.set(pieces[at]!, pieces[at + 1]!);
  }
  const files = Object.fromEntries(
    [...sections].filter(([name]) => !SETTINGS.includes(name)),
  );
  const { config, region, cluster, service, session } = readPairs(
    sections.get("flags"),
  );
  const flag = (name: string, value: string | undefined) =>
    value === undefined
      ? {}
      : { [name]: { value, source: { kind: "flag", name: `--${name}` } } };
  const world: World = {
    files,
    variables: readPairs(sections.get("variables")),
    parameters: readParameters(readPairs(sections.get("parameters"))),
    flags: {
      ...flag("config", config),
      ...flag("region", region),
      ...flag("cluster", cluster),
      ...flag("service", service),
    },
    ...(flag("session", session) as {
      session?: { value: SessionChoice; source: { kind: "default" } };
    }),
  };
  return { path, world, given, expected };
}

function readPairs(text = ""): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text.split("\n").filter((line) => line !== "").map((line) => {
      const split = line.indexOf("=");
      return [line.slice(0, split), line.slice(split + 1)];
    }),
  );
}

function readParameters(
  pairs: Readonly<Record<string, string>>,
): Readonly<Record<string, string | readonly string[]>> {
  return Object.fromEntries(
    Object.entries(pairs).map(([name, value]) => [
      name,
      /^\[.*\]$/.test(value) ? value.slice(1, -1).split(",") : value,
    ]),
  );
}
