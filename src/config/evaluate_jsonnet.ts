import { dirname } from "node:path";
import type { Deps, SpawnedProcess } from "../deps.ts";
import { messageOf, PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import type { ConfigFile } from "./config_error.ts";
import {
  askedFor,
  explainNatives,
  listNames,
  NATIVES_PREFIX,
  NATIVES_VARIABLE,
  usesNatives,
} from "./jsonnet_natives.ts";
import { whenSilentFor } from "../when_silent_for.ts";
import { findInPath } from "../find_in_path.ts";

/** What evaluating Jsonnet needs of the outside. */
export type JsonnetDeps = Pick<
  Deps,
  "platform" | "env" | "isExecutable" | "spawn"
>;

/** What a Jsonnet file is given. */
export interface JsonnetInputs {
  /** External variables that are texts, by their names. */
  readonly extStr: ReadonlyMap<string, string>;
  /** External variables that are Jsonnet. */
  readonly extCode: ReadonlyMap<string, string>;
  /** The environment as templates see it. */
  readonly env: (name: string) => string | undefined;
}

const PROGRAMS = ["jsonnet", "jrsonnet"];

/** Names that a file puts together are asked for one by one: each takes another evaluation. */
const MOST_EVALUATIONS = 20;
const LIMIT_MS = 60_000;
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Turns a Jsonnet file into the JSON it stands for, by the jsonnet or jrsonnet of PATH.
 *
 * What it is given goes through the environment, where other users of the machine do not see it.
 *
 * @throws {PortholeError} config_invalid
 */
export async function evaluateJsonnet(
  file: ConfigFile,
  inputs: JsonnetInputs,
  deps: JsonnetDeps,
): Promise<ConfigFile> {
  const command = await findInPath(PROGRAMS, deps);
  if (command === undefined) {
    throw refuse(
      file,
      "it is Jsonnet, and neither jsonnet nor jrsonnet is in PATH",
      "Install one (apt install jsonnet, brew install go-jsonnet), or name a .yml or .json file with --config",
    );
  }
  const { text, complaint } = await evaluate(file, command, inputs, deps);
  if (complaint !== "") {
    throw refuse(file, complaint, explainComplaint(file, complaint));
  }
  return { name: `${file.name} (evaluated)`, path: file.path, text };
}

interface Evaluation {
  readonly text: string;
  /** Empty where all went well. */
  readonly complaint: string;
}

async function evaluate(
  file: ConfigFile,
  command: string,
  { extStr, extCode, env }: JsonnetInputs,
  deps: JsonnetDeps,
): Promise<Evaluation> {
  const natives = usesNatives(file.text);
  const known = new Map<string, string | null>(
    natives
      ? listNames(file.text).map((name) => [name, lookUp(name, env)])
      : [],
  );
  for (let left = MOST_EVALUATIONS;; left--) {
    const codes = natives
      ? new Map([...extCode, [
        NATIVES_VARIABLE,
        JSON.stringify(Object.fromEntries(known)),
      ]])
      : extCode;
    const evaluation = await run(deps, command, {
      file,
      args: [
        ...[...extStr.keys()].flatMap((name) => ["--ext-str", name]),
        ...[...codes.keys()].flatMap((name) => ["--ext-code", name]),
      ],
      env: Object.fromEntries([...extStr, ...codes]),
      natives,
    });
    const asked = askedFor(evaluation.complaint);
    if (asked === undefined || known.has(asked)) return evaluation;
    if (left === 0) {
      throw refuse(
        file,
        "it computes the names of too many variables",
        "Names that stand in the file as texts, as in local names = ['A_1', 'A_2'], are found without running it again",
      );
    }
    known.set(asked, lookUp(asked, env));
  }
}

/** No variable can have such a name, and asking for it is an error on some systems. */
function lookUp(name: string, env: JsonnetInputs["env"]): string | null {
  return name === "" || /[=\0]/.test(name) ? null : env(name) ?? null;
}

function refuse(file: ConfigFile, reason: string, hint?: string) {
  return new PortholeError(
    "config_invalid",
    `Cannot use ${file.name}: ${reason}`,
    { hint },
  );
}

async function run(
  { spawn }: JsonnetDeps,
  command: string,
  { file, args, env, natives }: {
    readonly file: ConfigFile;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly natives: boolean;
  },
): Promise<Evaluation> {
  let child: SpawnedProcess;
  try {
    child = spawn({
      command,
      args: [...args, natives ? "-" : file.path],
      env,
      // What it imports is found from where it stands.
      ...(natives ? { cwd: dirname(file.path) } : {}),
      stdin: natives ? "piped" : "null",
      stdout: "piped",
      stderr: "piped",
      tied: true,
      withoutAws: true,
    });
  } catch (error) {
    throw refuse(
      file,
      `${quoteValue(command)} cannot be started: ${messageOf(error)}`,
    );
  }
  const source = new Blob([NATIVES_PREFIX, file.text]).stream();
  let given: string | undefined;
  const giveUp = (reason: string) => {
    given ??= `${quoteValue(command)} ${reason}`;
    child.kill("SIGKILL");
  };
  const cancel = whenSilentFor(
    LIMIT_MS,
    () => giveUp(`did not end within ${LIMIT_MS / 1000} s`),
  );
  const read = (stream: ReadableStream<Uint8Array>) =>
    readText(stream, () => giveUp("prints without end"));
  const [text, stderr, { code, signal }] = await Promise.all([
    read(child.stdout),
    read(child.stderr),
    child.exit,
    // It may end before it has read all.
    natives ? source.pipeTo(child.stdin).catch(() => {}) : undefined,
  ]).finally(cancel);
  if (given !== undefined) return { text: "", complaint: given };
  if (code === 0 && signal === null) return { text, complaint: "" };
  const said = tellComplaint(
    natives ? placeInFile(stderr, file) : stderr,
    dirname(file.path),
  );
  return {
    text,
    complaint: said ||
      `${quoteValue(command)} ended with ${
        signal === null ? `status ${code}` : signal
      } without an error message`,
  };
}

async function readText(
  stream: ReadableStream<Uint8Array>,
  onTooLong: () => void,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length <= MOST_BYTES) continue;
    onTooLong();
    break;
  }
  return text + decoder.decode();
}

/** What was read from standard input is the file, below the line with the natives: that line is ours. */
function placeInFile(stderr: string, { path }: ConfigFile): string {
  const theirs = stderr.split("\n")
    .filter((line) => !/^\s.*<stdin>:\(?1:/.test(line)).join("\n");
  return theirs.replaceAll(
    /<stdin>:(?:(\d+)|\((\d+):(\d+)\)-\((\d+))/g,
    (_, line, from, column, to) =>
      line === undefined
        ? `${path}:(${from - 1}:${column})-(${to - 1}`
        : `${path}:${line - 1}`,
  );
}

/** The first line says what is wrong, the next where; the rest is the way there. */
function tellComplaint(stderr: string, folder: string): string {
  const [what = "", where = ""] = stderr.split(/\r?\n/)
    .map((line) => line.replaceAll(`${folder}/`, "").trim())
    .filter((line) => line !== "")
    .map((line) => line.replace(/\p{Cc}+/gu, " ").slice(0, 300));
  return /:\(?\d+:\d+/.test(where) ? `${what} (${where})` : what;
}

function explainComplaint(
  { name }: ConfigFile,
  complaint: string,
): string | undefined {
  if (/external variable/i.test(complaint)) {
    return "External variables come from --ext-str NAME=VALUE and --ext-code NAME=CODE, or ECSPRESSO_EXT_STR and ECSPRESSO_EXT_CODE with a semicolon between them";
  }
  if (complaint.includes("the environment variable")) {
    return "Set it, or give a default with std.native('env')(NAME, DEFAULT)";
  }
  return explainNatives(name, complaint);
}
