/**
 * Bundles the program: stamps a copy of the source, and makes few modules of many.
 *
 * Bundled rather than as modules: it starts in two thirds of the time, to the first AWS request too;
 * and minified, for another twentieth. Split, so that `version` reads nothing of the AWS SDK.
 */
// Fetched before anything asks where it is.
import "yaml";
import type { buildInfo } from "../src/build_info.ts";
import { findRepository } from "./find_repository.ts";
import { nameChunks } from "./name_chunks.ts";
import { projectRoot, readManifest } from "./project.ts";
import { readCommit } from "./read_commit.ts";
import { runCommand } from "./run_command.ts";

/** How to bundle. */
export interface BundleOptions {
  /** Default: true. Otherwise comments name the file that each piece comes from. */
  readonly minify?: boolean;
}

/** Stamps and bundles the program, and hands over the folder of modules that go into the binary. */
export async function withBundle<T>(
  use: (folder: string) => Promise<T>,
  { minify = true }: BundleOptions = {},
): Promise<T> {
  const stage = await Deno.makeTempDir({ prefix: "porthole-" });
  try {
    await stageSource(stage);
    await bundle(stage, minify);
    return await use(`${stage}/out`);
  } finally {
    await Deno.remove(stage, { recursive: true });
  }
}

/** Copies what the program is made of, with this build's own build_info.ts. */
async function stageSource(stage: string): Promise<void> {
  for (const name of ["main.ts", "deno.json", "deno.lock"]) {
    await Deno.copyFile(`${projectRoot}${name}`, `${stage}/${name}`);
  }
  await copyFolder(`${projectRoot}src`, `${stage}/src`);
  await useYamlModules(`${stage}/src/config/parse_document.ts`);
  await useSdkModules(`${stage}/src/aws/clients`);
  await Deno.writeTextFile(
    `${stage}/src/build_info.ts`,
    `export const buildInfo = ${JSON.stringify(await readBuildInfo())};\n`,
  );
}

/**
 * The package has the same source as modules too, for browsers; Deno takes the CommonJS. The modules, tied
 * together by the bundler, take half the time to load and to parse a small file: 13 ms less of it.
 */
async function useYamlModules(path: string): Promise<void> {
  const modules = new URL(
    "../browser/dist/index.js",
    import.meta.resolve("yaml"),
  );
  const text = await Deno.readTextFile(path);
  const changed = text.replace(/ from "yaml";/, ` from "${modules.href}";`);
  if (changed === text) {
    throw new Error(
      'Cannot bundle: src/config/parse_document.ts has no "yaml"',
    );
  }
  await Deno.writeTextFile(path, changed);
}

/**
 * The SDK's packages tie each client to all of its commands, used or not, where they are loaded whole: for EC2
 * alone that is a third of the program, which the runtime reads at each start. So each name comes from its own file.
 */
async function useSdkModules(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    const text = await Deno.readTextFile(path);
    const [whole, names = "", specifier = ""] =
      /import \{([^}]+)\} from "(@aws-sdk\/client-[a-z0-9-]+)";/.exec(text) ??
        [];
    if (whole === undefined) {
      throw new Error(`Cannot bundle: src/aws/clients/${name} has no client`);
    }
    // Fetched before anything asks where it is.
    await import(specifier);
    const modules = new URL("../dist-es/", import.meta.resolve(specifier));
    const imports = names.split(",").map((part) => part.trim()).filter(Boolean)
      .map((part) => {
        const file = part.endsWith("Command") ? `commands/${part}` : part;
        return `import { ${part} } from "${modules.href}${file}.js";`;
      });
    await Deno.writeTextFile(path, text.replace(whole, imports.join("\n")));
  }
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
  const { name = "unknown", date = "unknown" } = await readCommit() ?? {};
  const repository = await findRepository();
  return { version, commit: name, date, repository };
}

async function bundle(stage: string, minify: boolean): Promise<void> {
  await runCommand(
    [
      Deno.execPath(),
      "bundle",
      "--quiet",
      "--frozen",
      "--platform=deno",
      ...(minify ? ["--minify"] : []),
      "--code-splitting",
      "--outdir=out",
      "main.ts",
    ],
    // The AWS SDK's modules rather than its CommonJS: a tenth less to do before the first request.
    { cwd: stage, env: { DENO_CONDITIONS: "module" } },
  );
  const modules = new Map<string, string>();
  for await (const { name } of Deno.readDir(`${stage}/out`)) {
    const path = `${stage}/out/${name}`;
    const text = (await Deno.readTextFile(path))
      // Where this machine keeps its packages is nobody's business, and differs between machines.
      .replaceAll(/(?:\.\.\/)+[^\s"']*?\/npm\/[^/\s"']+\//g, "npm:");
    modules.set(name, needsRequire(text) ? requireBuiltin + text : text);
    await Deno.remove(path);
  }
  for (const [name, text] of await nameChunks(modules)) {
    const path = `${stage}/out/${name}`;
    await Deno.writeTextFile(path, text);
    // The binary holds the times too: the same source always gives the same binary.
    await Deno.utime(path, 0, 0);
  }
}

/** CommonJS packages (ws) ask for Node's own modules through a `require` that a module does not have. */
const requireBuiltin =
  `const require = (name) => process.getBuiltinModule(name);\n`;
const needsRequire = (text: string) => text.includes("typeof require");
