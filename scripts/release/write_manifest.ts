/** Writes the Scoop manifest, dist/taps/porthole.json, from the checksums of dist/release. */
import { runScript } from "../run_script.ts";
import { nameArchive } from "./platforms.ts";
import {
  assetUrl,
  findDownload,
  readReleaseFacts,
  type ReleaseFacts,
  repositoryUrl,
  summary,
} from "./release_facts.ts";
import { tapsFolder } from "./release_folder.ts";
import { checksumFile } from "./write_checksums.ts";

const windows = { os: "windows", arch: "x64", formats: ["zip"] } as const;

/**
 * Builds the manifest (Scoop's "App Manifests"). Without a Windows archive, as in a rehearsal on another
 * system, it tells only where versions are found; a release is checked to have one.
 */
export function buildManifest(facts: ReleaseFacts): Record<string, unknown> {
  const { version, repository } = facts;
  const download = findDownload(facts, windows, "zip");
  const archive = nameArchive("$version", windows, "zip");
  return {
    version,
    description: `${summary}.`,
    homepage: repositoryUrl(repository),
    license: "MIT",
    ...(download === undefined ? {} : {
      architecture: { "64bit": { url: download.url, hash: download.sha256 } },
    }),
    bin: "porthole.exe",
    notes: [
      'porthole can stand in for AWS\'s session-manager-plugin: "porthole plugin install --dir FOLDER"',
      "makes the link, in a folder of PATH, and has to be run again after an update.",
    ],
    checkver: { github: repositoryUrl(repository) },
    autoupdate: {
      architecture: {
        "64bit": {
          url: assetUrl(repository, "$version", archive),
          // Scoop finds the line of the file in it.
          hash: { url: `$baseurl/${checksumFile}` },
        },
      },
    },
  };
}

/** Writes it, and returns its path. */
export async function writeManifest(): Promise<string> {
  const path = `${tapsFolder}porthole.json`;
  const manifest = buildManifest(await readReleaseFacts());
  await Deno.mkdir(tapsFolder, { recursive: true });
  // Scoop's own files are indented by four.
  await Deno.writeTextFile(path, `${JSON.stringify(manifest, undefined, 4)}\n`);
  return path;
}

if (import.meta.main) {
  await runScript(async () => console.log(await writeManifest()));
}
