/** Checks that dist/release has all that a release needs, as its checksums say: the last step before the upload. */
import { readManifest } from "../project.ts";
import { runScript } from "../run_script.ts";
import { nameArchive, platforms } from "./platforms.ts";
import { releaseFolder } from "./release_folder.ts";
import { checksumFile, readChecksums } from "./write_checksums.ts";
import { nameBill } from "./write_sbom.ts";
import { installers, nameBastionArchive } from "./stamp_files.ts";

/** Names every file of a release but the checksums. */
export function listAssets(version: string): string[] {
  const archives = platforms.flatMap((platform) =>
    platform.formats.map((format) => nameArchive(version, platform, format))
  );
  return [
    ...archives,
    nameBill(version),
    nameBastionArchive(version),
    ...installers,
  ].sort();
}

/** Throws unless the checksums name exactly these files. */
export function checkAssets(
  version: string,
  checksums: ReadonlyMap<string, string>,
): void {
  const expected = listAssets(version);
  const missing = expected.filter((name) => !checksums.has(name));
  const unexpected = [...checksums.keys()].filter((name) =>
    !expected.includes(name)
  );
  if (missing.length > 0) {
    throw new Error(
      `Cannot publish: ${checksumFile} lacks ${missing.join(", ")}`,
    );
  }
  if (unexpected.length > 0) {
    throw new Error(
      `Cannot publish ${
        unexpected.join(", ")
      }: no file of version ${version} has that name`,
    );
  }
}

if (import.meta.main) {
  await runScript(async () => {
    const { version } = readManifest();
    checkAssets(version, await readChecksums(releaseFolder));
    console.log(listAssets(version).join("\n"));
  });
}
