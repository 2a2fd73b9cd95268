/**
 * Compiles `dist/porthole`: stamps the build, bundles the modules, and puts them behind Deno's runtime.
 *
 * Bundled rather than as modules: it starts in two thirds of the time, to the first AWS request too;
 * and minified, for another twentieth.
 * Split, so that `version` reads nothing of the AWS SDK. Without V8's code cache: that is a file with a
 * known name in a temporary folder that everybody may write to, and its content is run unchecked; on a
 * bastion host anyone could plant one.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { buildInfo } from "../src/build_info.ts";
import { findDenort } from "./denort.ts";
import { findRepository } from "./find_repository.ts";
import { projectRoot, readManifest } from "./project.ts";
import { runCommand } from "./run_command.ts";
import { runScript } from "./run_script.ts";

/** What to compile for, and where to. */
export interface CompileOptions {
  readonly output?: string;
  /** One of `deno compile --target`; this machine when absent. */
  readonly target?: string;
}

/** Compiles the program and returns the path of the binary. */
export async function compile(options: CompileOptions = {}): Promise<string> {
  const output = resolve(options.output ?? `${projectRoot}dist/porthole`);
  const stage = await Deno.makeTempDir({ prefix: "porthole-" });
  try {
    await stageSource(stage);
    await bundle(stage);
    const target = options.target === undefined
      ? []
      : ["--target", options.target];
    await addRuntime([
      ...permissionFlags(),
      ...target,
      "--output",
      output,
      "main.js",
    ], `${stage}/out`);
  } finally {
    await Deno.remove(stage, { recursive: true });
  }
  return output;
}

/** Copies what the program is made of, with this build's own build_info.ts. */
async function stageSource(stage: string): Promise<void> {
  for (const name of ["main.ts", "deno.json", "deno.lock"]) {
    await Deno.copyFile(`${projectRoot}${name}`, `${stage}/${name}`);
  }
  await copyFolder(`${projectRoot}src`, `${stage}/src`);
  await Deno.writeTextFile(
    `${stage}/src/build_info.ts`,
    `export const buildInfo = ${JSON.stringify(await readBuildInfo())};\n`,
  );
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const entry of Deno.readDir(from)) {
    const copy = entry.isDirectory ? copyFolder : Deno.copyFile;
    await copy(`${from}/${entry.name}`, `${to}/${entry.name}`);
  }
}

/** The date is the commit's, so that the same commit always gives the same binary. */
async function readBuildInfo(): Promise<typeof buildInfo> {
  const { version } = readManifest();
  const repository = await findRepository();
  const git = async (...args: string[]) =>
    (await runCommand(["git", "-C", projectRoot, ...args])).trim();
  try {
    const [commit = "", date = ""] = (await git("log", "-1", "--format=%h %cs"))
      .split(" ");
    const changes = await git("status", "--porcelain");
    return {
      version,
      commit: changes === "" ? commit : `${commit}-dirty`,
      date,
      repository,
    };
  } catch {
    return { version, commit: "unknown", date: "unknown", repository };
  }
}

async function bundle(stage: string): Promise<void> {
  await runCommand(
    [
      Deno.execPath(),
      "bundle",
      "--quiet",
      "--frozen",
      "--platform=deno",
      // The AWS SDK's modules rather than its CommonJS: a tenth less to do before the first request.
      "--conditions=module",
      "--minify",
      "--code-splitting",
      "--outdir=out",
      "main.ts",
    ],
    { cwd: stage },
  );
  for await (const { name } of Deno.readDir(`${stage}/out`)) {
    const path = `${stage}/out/${name}`;
    const text = (await Deno.readTextFile(path))
      // Where this machine keeps its packages is nobody's business, and differs between machines.
      .replaceAll(/(?:\.\.\/)+[^\s"']*?\/npm\/[^/\s"']+\//g, "npm:");
    await Deno.writeTextFile(
      path,
      needsRequire(text) ? requireBuiltin + text : text,
    );
  }
}

/** CommonJS packages (ws) ask for Node's own modules through a `require` that a module does not have. */
const requireBuiltin =
  `const require = (name) => process.getBuiltinModule(name);\n`;
const needsRequire = (text: string) => text.includes("typeof require");

/** What the program may do: the flags of the task that runs it from source. */
function permissionFlags(): string[] {
  const flags = readManifest().tasks["porthole"]?.split(" ") ?? [];
  return flags.filter((flag) =>
    flag.startsWith("--allow-") || flag === "--no-prompt"
  );
}

async function addRuntime(args: readonly string[], cwd: string): Promise<void> {
  const compileWith = (env: Record<string, string>) =>
    runCommand(
      [
        Deno.execPath(),
        "compile",
        "--quiet",
        "--no-check",
        "--no-config",
        "--no-code-cache",
        // Messages die young: a larger nursery only keeps 10 MB more of them.
        "--v8-flags=--max-semi-space-size=2",
        ...args,
      ],
      { cwd, env },
    );
  try {
    await compileWith({});
  } catch (error) {
    // Deno could not download its runtime. Anything else fails the second time too.
    if (Deno.env.has("DENORT_BIN") || args.includes("--target")) throw error;
    await compileWith({ DENORT_BIN: await findDenort() });
  }
}

if (import.meta.main) {
  await runScript(async () => {
    const { values } = parseArgs({
      args: Deno.args,
      options: { output: { type: "string" }, target: { type: "string" } },
    });
    const start = performance.now();
    const path = await compile(values);
    const megabytes = ((await Deno.stat(path)).size / 1e6).toFixed(1);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${path} (${megabytes} MB, ${seconds} s)`);
  });
}
