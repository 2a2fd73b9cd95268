import { parseArgs } from "../../src/args/parse_args.ts";
import { readWords } from "../../src/args/read_words.ts";
import { messageOf } from "../../src/errors.ts";
import {
  bareEnvironment,
  openProgramPty,
  type Result,
  startProgram,
} from "../e2e/run_porthole.ts";
import { chooseOne } from "../e2e/test_once.ts";
import { matchOutput } from "./match_output.ts";
import type { Block, Guide } from "./read_guides.ts";

/** Where a guide's commands run. */
export interface GuideSurroundings {
  /** The guide's own directory: its commands find there what its blocks and they themselves have written. */
  readonly cwd: string;
  /** A directory with the program `porthole`. */
  readonly bin: string;
  /** A directory with a `porthole` that only notes its arguments, and no other program. */
  readonly recorder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What is typed when a terminal asks for it: one of a list, yes, and the way out of a shell or of Python. */
const ANSWERS: readonly (readonly [RegExp, string])[] = [
  [/ service number \(1-\d+\): $/, "worker\r"],
  [/ number \(1-\d+\): $/, "1\r"],
  [/\[y\/N\] $/, "y\r"],
  [/[#$] $/, "exit\r"],
  [/>>> $/, "exit()\r"],
];

/** A command of a guide may start a slow program, such as Python, on a busy machine. */
const LONGEST_WAIT_MS = 60_000;

const QUESTION = new RegExp(ANSWERS.map(([{ source }]) => source).join("|"));

/** Puts the programs into their directories. */
export async function installPrograms(
  { bin, recorder }: Pick<GuideSurroundings, "bin" | "recorder">,
): Promise<void> {
  const command = chooseOne().command([]).map((word) => `'${word}'`).join(" ");
  await writeProgram(`${bin}/porthole`, `exec ${command} "$@"`);
  await writeProgram(
    `${recorder}/porthole`,
    `printf '%s\\n' "$#" "$@" >>"$RECORD"`,
  );
}

async function writeProgram(path: string, line: string): Promise<void> {
  await Deno.writeTextFile(path, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
}

/**
 * Does what a guide says, block after block, and returns what does not hold.
 *
 * - `sh`: a script that must succeed; `sh terminal` is typed at a terminal, a line at a time.
 *   `sh as-root` is a script that only root can run.
 * - `sh not-run: REASON`: its porthole commands must be ones that porthole understands.
 * - `console`: each command after `$ ` must print, on stdout and stderr, what stands below it.
 * - `yaml FILE`: the file of that name; it, and every other `yaml`, must be a configuration without a warning.
 *   `yaml not-a-configuration`, `json`, `powershell` and `text` are only to be read.
 */
export async function runGuide(
  guide: Guide,
  around: GuideSurroundings,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const block of guide.blocks) {
    const at = `${guide.path}:${block.line}`;
    for (const problem of await runBlock(block, around)) {
      problems.push(`${at}: ${problem}`);
    }
  }
  for (const code of guide.codes.filter((code) => isCommand(code))) {
    for (const problem of await parseScript(code, around)) {
      problems.push(`${guide.path}: ${code}: ${problem}`);
    }
  }
  return problems;
}

/** Code in the text that is a whole command, and not the form of one. */
function isCommand(code: string): boolean {
  return code.startsWith("porthole ") && !/[…[]/.test(code);
}

function runBlock(
  block: Block,
  around: GuideSurroundings,
): Promise<readonly string[]> {
  const kind = `${block.language} ${block.mark.replace(/:.*/, "")}`.trim();
  switch (kind) {
    case "sh":
      return runScript(block.text, around);
    case "sh as-root":
      return Deno.uid() === 0
        ? runScript(block.text, around)
        : parseScript(block.text, around);
    case "sh terminal":
      return runInTerminal(block.text, around);
    case "sh not-run":
      return /^not-run: \S/.test(block.mark)
        ? parseScript(block.text, around)
        : Promise.resolve(["a block that is not run says why"]);
    case "console":
      return runConsole(block.text, around);
    case "json":
    case "powershell":
    case "text":
    case "yaml not-a-configuration":
      return Promise.resolve([]);
    default:
      return block.language === "yaml"
        ? checkConfiguration(block, around)
        : Promise.resolve([`a block of no kind that is tested: "${kind}"`]);
  }
}

function run(
  script: string,
  { bin, cwd, env }: GuideSurroundings,
): Promise<Result> {
  return startProgram(["bash", "-euo", "pipefail", "-c", script], {
    cwd,
    env: { ...env, PATH: pathWith(bin) },
  }).result;
}

function pathWith(bin: string): string {
  return `${bin}:${bareEnvironment()["PATH"]}`;
}

async function runScript(
  script: string,
  around: GuideSurroundings,
): Promise<readonly string[]> {
  const { status, text, stderr } = await run(script, around);
  return status === 0 ? [] : [`status ${status}:\n${text}${stderr}`];
}

async function runConsole(
  text: string,
  around: GuideSurroundings,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const part of text.split(/^\$ /m).slice(1)) {
    const [, command = "", shown = ""] = /^((?:.*\\\n)*.*\n?)([^]*)$/
      .exec(part) ?? [];
    const { text: output } = await run(`{ ${command}\n} 2>&1`, around);
    if (!matchOutput(shown, output)) {
      problems.push(`${command.trim()} printed\n${output}`);
    }
  }
  return problems;
}

async function runInTerminal(
  script: string,
  { bin, cwd, env }: GuideSurroundings,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const line of script.split("\n").filter((line) => line !== "")) {
    const pty = openProgramPty(["bash", "-c", line], {
      cwd,
      columns: 200,
      // Whether this machine has the plugin is not to matter.
      env: { ...env, PATH: pathWith(bin), PORTHOLE_SESSION: "builtin" },
    });
    const ended = pty.exit.then(() => undefined);
    for (;;) {
      const seen = await Promise.race([
        ended,
        pty.waitFor(QUESTION, LONGEST_WAIT_MS),
      ]);
      if (seen === undefined) break;
      pty.write(ANSWERS.find(([pattern]) => pattern.test(seen))?.[1] ?? "");
    }
    const { code } = await pty.exit;
    if (code !== 0) problems.push(`${line}: status ${code}:\n${pty.output}`);
  }
  return problems;
}

/** Lets the shell read a script in which every other program is missing, and porthole the arguments it would get. */
async function parseScript(
  script: string,
  { cwd, recorder }: GuideSurroundings,
): Promise<readonly string[]> {
  const record = await Deno.makeTempFile({ dir: cwd });
  const { stderr } = await startProgram(
    ["/bin/bash", "-c", script],
    { cwd, env: { PATH: recorder, RECORD: record } },
  ).result;
  const lines = (await Deno.readTextFile(record)).split("\n");
  await Deno.remove(record);
  const problems = /syntax error/.test(stderr) ? [stderr] : [];
  if (lines.length === 1 && /(^|[|;&(] *)porthole /m.test(script)) {
    problems.push(`the shell did not come to porthole: ${stderr}`);
  }
  while (lines.length > 1) {
    const argv = lines.splice(0, 1 + Number(lines[0])).slice(1);
    try {
      parseArgs(readWords(argv), () => undefined);
    } catch (error) {
      problems.push(`porthole ${argv.join(" ")}: ${messageOf(error)}`);
    }
  }
  return problems;
}

async function checkConfiguration(
  { mark, text }: Block,
  around: GuideSurroundings,
): Promise<readonly string[]> {
  const name = mark === "" ? "example.yml" : mark;
  await Deno.writeTextFile(`${around.cwd}/${name}`, text);
  const { status, stderr } = await run(
    `porthole config show --config ${name}`,
    around,
  );
  return status === 0 && stderr === "" ? [] : [`${name}: ${stderr}`];
}
