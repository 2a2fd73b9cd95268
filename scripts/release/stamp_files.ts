/**
 * Writes the installers and the bastion's files into dist/release, from packaging/, with the repository
 * and the version in them.
 */
import { gzipSync } from "node:zlib";
import { projectRoot, readManifest } from "../project.ts";
import { readPackingTime } from "../read_commit.ts";
import { runScript } from "../run_script.ts";
import type { ArchiveFile } from "./archive_file.ts";
import { buildTar } from "./build_tar.ts";
import { readStamped } from "./read_stamped.ts";
import { releaseFolder } from "./release_folder.ts";

/** The installers, under packaging/ and in a release. */
export const installers: readonly string[] = ["install.ps1", "install.sh"];

/** Names the archive of the files for bastion images. */
export function nameBastionArchive(version: string): string {
  return `porthole_${version}_bastion.tar.gz`;
}

/** Writes them all, and returns their paths. */
export async function stampFiles(folder: string): Promise<string[]> {
  await Deno.mkdir(folder, { recursive: true });
  const paths: string[] = [];
  for (const name of installers) {
    const path = `${folder}${name}`;
    await Deno.writeTextFile(path, await readStamped(`packaging/${name}`));
    paths.push(path);
  }

  const files: ArchiveFile[] = [];
  for await (
    const { name } of Deno.readDir(`${projectRoot}packaging/bastion`)
  ) {
    files.push({
      name: `bastion/${name}`,
      bytes: new TextEncoder().encode(
        await readStamped(`packaging/bastion/${name}`),
      ),
      executable: name.endsWith(".sh"),
    });
  }
  const path = `${folder}${nameBastionArchive(readManifest().version)}`;
  const tar = buildTar(files, await readPackingTime());
  await Deno.writeFile(path, gzipSync(tar, { level: 9 }));
  return [...paths, path];
}

if (import.meta.main) {
  await runScript(async () =>
    console.log((await stampFiles(releaseFolder)).join("\n"))
  );
}
