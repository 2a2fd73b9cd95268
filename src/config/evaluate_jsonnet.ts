import { dirname } from "node:path";
import type { Deps } from "../deps.ts";
import { messageOf, PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import type { ConfigFile } from "./config_error.ts";

/** What evaluating Jsonnet needs of the outside. */
export type JsonnetDeps = Pick<
  Deps,
  "platform" | "env" | "isExecutable" | "spawn"
>;

const PROGRAMS = ["jsonnet", "jrsonnet"];

/**
 * Turns a Jsonnet file into the JSON it stands for, by the jsonnet or jrsonnet of PATH.
 *
 * Its external variables are those that ecspresso reads too: ECSPRESSO_EXT_STR and ECSPRESSO_EXT_CODE.
 * They go through the environment, where other users of the machine do not see them.
 */
export async function evaluateJsonnet(
  file: ConfigFile,
  deps: JsonnetDeps,
): Promise<ConfigFile> {
  const command = await findProgram(deps);
  if (command === undefined) {
    throw refuse(
      file,
      "it is Jsonnet, and neither jsonnet nor jrsonnet is in PATH",
      "Install one (apt install jsonnet, brew install go-jsonnet), or name a .yml or .json file with --config",
    );
  }
  const strings = readVariables(deps.env("ECSPRESSO_EXT_STR"));
  const codes = readVariables(deps.env("ECSPRESSO_EXT_CODE"));
  let result: { readonly text: string; readonly complaint: string };
  try {
    result = await run(deps, command, {
      args: [
        ...[...strings.keys()].flatMap((name) => ["--ext-str", name]),
        ...[...codes.keys()].flatMap((name) => ["--ext-code", name]),
        file.path,
      ],
      env: Object.fromEntries([...strings, ...codes]),
    });
  } catch (error) {
    throw refuse(
      file,
      `${quoteValue(command)} cannot be started: ${messageOf(error)}`,
    );
  }
  const { text, complaint } = result;
  if (complaint !== "") {
    throw refuse(file, complaint, explainComplaint(file.text, complaint));
  }
  return { name: `${file.name} (evaluated)`, path: file.path, text };
}

function refuse(file: ConfigFile, reason: string, hint?: string) {
  return new PortholeError(
    "config_invalid",
    `Cannot use ${file.name}: ${reason}`,
    { hint },
  );
}

async function findProgram(deps: JsonnetDeps): Promise<string | undefined> {
  const windows = deps.platform === "windows";
  const folders = (deps.env("PATH") ?? "").split(windows ? ";" : ":")
    // A program is never taken from the current directory by accident.
    .filter((folder) => (windows ? /^([a-z]:)?[\\/]/i : /^\//).test(folder));
  for (const program of PROGRAMS) {
    for (const folder of folders) {
      const path = `${folder.replace(/[\\/]+$/, "")}${
        windows ? `\\${program}.exe` : `/${program}`
      }`;
      if (await deps.isExecutable(path)) return path;
    }
  }
  return undefined;
}

/** `name=value;name=value`, as ecspresso takes them. */
function readVariables(text: string | undefined): Map<string, string> {
  const variables = new Map<string, string>();
  for (const pair of (text ?? "").split(";")) {
    const split = pair.indexOf("=");
    if (split > 0) variables.set(pair.slice(0, split), pair.slice(split + 1));
  }
  return variables;
}

async function run(
  { spawn }: JsonnetDeps,
  command: string,
  { args, env }: {
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  },
): Promise<{ readonly text: string; readonly complaint: string }> {
  const child = spawn({
    command,
    args,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const [text, stderr, { code, signal }] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exit,
  ]);
  if (code === 0 && signal === null) return { text, complaint: "" };
  const said = tellComplaint(stderr, dirname(args.at(-1)!));
  return {
    text,
    complaint: said ||
      `${quoteValue(command)} ended with ${
        signal === null ? `status ${code}` : signal
      } and no word why`,
  };
}

/** The first line says what is wrong, the next where; the rest is the way there. */
function tellComplaint(stderr: string, folder: string): string {
  const [what = "", where = ""] = stderr.split(/\r?\n/)
    .map((line) => line.replaceAll(`${folder}/`, "").trim())
    .filter((line) => line !== "")
    .map((line) => line.replace(/\p{Cc}+/gu, " ").slice(0, 300));
  return /:\d+:\d+/.test(where) ? `${what} (${where})` : what;
}

function explainComplaint(
  source: string,
  complaint: string,
): string | undefined {
  if (/external variable/i.test(complaint)) {
    return "External variables come from ECSPRESSO_EXT_STR and ECSPRESSO_EXT_CODE, as NAME=VALUE;NAME=VALUE";
  }
  if (source.includes("std.native")) {
    return "std.native functions exist only within ecspresso; a template in a string works in both, as in '{{ must_env `NAME` }}'";
  }
  return undefined;
}
