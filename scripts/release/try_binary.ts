/**
 * Tries a binary on its own platform: `try_binary.ts [PATH]`, otherwise dist/porthole. It must work as on
 * a machine that has nothing else: in an empty environment and an empty folder.
 */
import { resolve } from "node:path";
import { startSandbox } from "../../tests/sandbox/start_sandbox.ts";
import { projectRoot, readManifest } from "../project.ts";
import { runScript } from "../run_script.ts";
import { nameProgram } from "./platforms.ts";

/** What a run of the binary has to come to. */
interface Trial {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Has to be in what it writes on stdout. */
  readonly expected: string;
}

/**
 * Runs `version`, `help` and, but on Windows, where there is no sandbox, a command in a container; throws
 * when one does not do what it should, or leaves a file behind.
 */
export async function tryBinary(binary: string): Promise<void> {
  const { version } = readManifest();
  const folder = await Deno.makeTempDir();
  try {
    const trials: Trial[] = [
      { args: ["version"], expected: `porthole ${version} ` },
      { args: ["help"], expected: "exec" },
      { args: ["help", "exec"], expected: "--container" },
    ];
    for (const trial of trials) await runTrial(binary, folder, trial);
    if (Deno.build.os !== "windows") await tryExec(binary, folder);
    const left = [...Deno.readDirSync(folder)];
    if (left.length > 0) {
      throw new Error(`Cannot use ${binary}: it left ${left[0]?.name}`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function tryExec(binary: string, folder: string): Promise<void> {
  const sandbox = await startSandbox();
  try {
    await runTrial(binary, folder, {
      args: ["exec", "worker", "--", "sh", "-c", "echo out of a container"],
      env: sandbox.env,
      expected: "out of a container\n",
    });
  } finally {
    await sandbox.close();
  }
}

async function runTrial(
  binary: string,
  cwd: string,
  { args, env = {}, expected }: Trial,
): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(binary, {
    args: [...args],
    cwd,
    env: { ...needed(), ...env },
    clearEnv: true,
    stdin: "null",
  }).output();
  const [text, errors] = [stdout, stderr].map((bytes) =>
    JSON.stringify(new TextDecoder().decode(bytes))
  );
  if (!success || !JSON.parse(text ?? "").includes(expected)) {
    throw new Error(
      `Cannot use ${binary}: ${args.join(" ")} wrote ${text}, ${errors}`,
    );
  }
}

/** Windows starts no program without knowing where it is itself. */
function needed(): Record<string, string> {
  const root = Deno.env.get("SystemRoot");
  return root === undefined ? {} : { SystemRoot: root };
}

if (import.meta.main) {
  await runScript(async () => {
    const name = nameProgram(Deno.build);
    const binary = resolve(Deno.args[0] ?? `${projectRoot}dist/${name}`);
    await tryBinary(binary);
    console.log(`${binary} works`);
  });
}
