/**
 * Compiles `dist/porthole`: puts the bundle behind Deno's runtime.
 *
 * Without V8's code cache: that is a file with a known name in a temporary folder that everybody may
 * write to, and its content is run unchecked; on a bastion host anyone could plant one.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { withBundle } from "./bundle.ts";
import { findDenort } from "./denort.ts";
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
  // Deno would add it by itself, and we would name a file that is not there.
  const suffix = /windows/.test(options.target ?? Deno.build.os) ? ".exe" : "";
  const output = resolve(
    options.output ?? `${projectRoot}dist/porthole${suffix}`,
  );
  const target = options.target === undefined
    ? []
    : ["--target", options.target];
  await withBundle((folder) =>
    compileModule(folder, [
      ...permissionFlags(),
      ...target,
      "--output",
      output,
    ])
  );
  return output;
}

/** What keeps the program small; each is kept because it measures better in what docs/bench.md shows. */
const V8_FLAGS = [
  // Messages die young: a larger nursery only keeps 10 MB more of them.
  "--max-semi-space-size=2",
  // What outlives the nursery all the same, of ten thousand tasks for example, is collected 20 MB sooner.
  "--heap-growing-percent=20",
  // The last of four compilers takes 5 MB, and gives nothing back: sessions wait far more than they compute.
  "--no-turbofan",
];

/** What the program may do: the flags of the task that runs it from source. */
function permissionFlags(): string[] {
  const flags = readManifest().tasks["porthole"]?.split(" ") ?? [];
  return flags.filter((flag) =>
    flag.startsWith("--allow-") || flag === "--no-prompt"
  );
}

/** Puts a folder's `main.js`, and what it imports, behind Deno's runtime. */
export async function compileModule(
  folder: string,
  options: readonly string[],
): Promise<void> {
  const compileWith = (env: Record<string, string>) =>
    runCommand(
      [
        Deno.execPath(),
        "compile",
        "--quiet",
        "--no-check",
        "--no-config",
        "--no-code-cache",
        `--v8-flags=${V8_FLAGS.join(",")}`,
        ...options,
        "main.js",
      ],
      { cwd: folder, env },
    );
  try {
    await compileWith({});
  } catch (error) {
    // Deno could not download its runtime. Anything else fails the second time too.
    if (Deno.env.has("DENORT_BIN") || options.includes("--target")) throw error;
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
