/**
 * Makes a release for this machine's platform, all but the upload: `scripts/dev release --dry-run`. The
 * files are in dist/release, the package managers' in dist/taps. The steps are scripts of their own under
 * scripts/release/, and .github/workflows/release.yml runs the same ones.
 */
import { parseArgs } from "node:util";
import { compile } from "./compile.ts";
import { readManifest } from "./project.ts";
import { checkVersion } from "./release/check_version.ts";
import { makeArchives } from "./release/make_archives.ts";
import { findPlatform } from "./release/platforms.ts";
import { readReleaseNotes } from "./release/read_changelog.ts";
import { releaseFolder, tapsFolder } from "./release/release_folder.ts";
import { stampFiles } from "./release/stamp_files.ts";
import { tryBinary } from "./release/try_binary.ts";
import { tryInstall } from "./release/try_install.ts";
import { writeChecksums } from "./release/write_checksums.ts";
import { writeFormula } from "./release/write_formula.ts";
import { writeManifest } from "./release/write_manifest.ts";
import { writeBill } from "./release/write_sbom.ts";
import { runScript } from "./run_script.ts";

interface Step {
  readonly name: string;
  /** Returns the paths of what it has made. */
  readonly run: () => Promise<readonly string[]>;
}

/** The steps, each of which may use what those before it have made. */
function planSteps(): Step[] {
  const platform = findPlatform();
  let binary = "";
  return [
    { name: "version", run: checkRelease },
    { name: "compile", run: async () => [binary = await compile()] },
    { name: "binary", run: () => tryBinary(binary).then(() => []) },
    {
      name: "archives",
      run: () => makeArchives(binary, platform, releaseFolder),
    },
    { name: "installers", run: () => stampFiles(releaseFolder) },
    { name: "bill", run: async () => [await writeBill(releaseFolder)] },
    {
      name: "checksums",
      run: async () => [await writeChecksums(releaseFolder)],
    },
    { name: "formula", run: async () => [await writeFormula()] },
    { name: "manifest", run: async () => [await writeManifest()] },
    ...(platform.os === "windows"
      ? []
      : [{ name: "install", run: () => tryInstall().then(() => []) }]),
  ];
}

async function checkRelease(): Promise<readonly string[]> {
  checkVersion(readManifest().version);
  await readReleaseNotes();
  // What an earlier run has left is not of this release.
  for (const folder of [releaseFolder, tapsFolder]) {
    await Deno.remove(folder, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
  return [];
}

async function runStep({ name, run }: Step): Promise<void> {
  const start = performance.now();
  const paths = await run();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${name} (${seconds} s)`);
  for (const path of paths) {
    const { size } = await Deno.stat(path);
    console.log(`  ${path} (${(size / 1e6).toFixed(2)} MB)`);
  }
}

if (import.meta.main) {
  await runScript(async () => {
    const { values } = parseArgs({
      args: Deno.args,
      options: { "dry-run": { type: "boolean" } },
    });
    if (!values["dry-run"]) {
      throw new Error(
        "Cannot publish from here: pushing a tag v* does; --dry-run makes all that it would upload",
      );
    }
    for (const step of planSteps()) await runStep(step);
  });
}
