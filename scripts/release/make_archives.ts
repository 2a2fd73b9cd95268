/**
 * Makes this machine's archives in dist/release from dist/porthole: the program, its licence, README
 * and guides, completions and man page.
 */
import { gzipSync } from "node:zlib";
import { projectRoot, readManifest } from "../project.ts";
import { readPackingTime } from "../read_commit.ts";
import { runCommand } from "../run_command.ts";
import { runScript } from "../run_script.ts";
import { readStamped } from "./read_stamped.ts";
import type { ArchiveFile } from "./archive_file.ts";
import { buildTar } from "./build_tar.ts";
import { buildZip } from "./build_zip.ts";
import {
  type ArchiveFormat,
  findPlatform,
  nameArchive,
  nameProgram,
  type Platform,
} from "./platforms.ts";
import { releaseFolder } from "./release_folder.ts";

/** The shells that have completions, and where these are in an archive. */
const completions: Readonly<Record<string, string>> = {
  bash: "completions/porthole.bash",
  zsh: "completions/_porthole",
  fish: "completions/porthole.fish",
  powershell: "completions/porthole.ps1",
};

/** Packs a binary for its platform into a folder, and returns the paths of the archives. */
export async function makeArchives(
  binary: string,
  platform: Platform,
  folder: string,
): Promise<string[]> {
  const files = await collectFiles(binary, platform);
  const time = await readPackingTime();
  const { version } = readManifest();
  await Deno.mkdir(folder, { recursive: true });
  const paths: string[] = [];
  for (const format of platform.formats) {
    const path = `${folder}${nameArchive(version, platform, format)}`;
    await writeArchive(path, format, files, time, platform);
    paths.push(path);
  }
  return paths;
}

async function collectFiles(
  binary: string,
  platform: Platform,
): Promise<ArchiveFile[]> {
  const text = async (name: string, content: Promise<string>) => ({
    name,
    bytes: new TextEncoder().encode(await content),
    executable: false,
  });
  return [
    {
      name: nameProgram(platform),
      bytes: await Deno.readFile(binary),
      executable: true,
    },
    ...await Promise.all([
      text("LICENSE", readStamped("LICENSE")),
      text("README.md", readStamped("README.md")),
      text("porthole.1", readStamped("docs/porthole.1")),
      // Where the README's links lead.
      ...[...Deno.readDirSync(`${projectRoot}docs`)].map(({ name }) =>
        text(`docs/${name}`, readStamped(`docs/${name}`))
      ),
      ...Object.entries(completions).map(([shell, name]) =>
        text(name, runCommand([binary, "completion", shell]))
      ),
    ]),
  ];
}

async function writeArchive(
  path: string,
  format: ArchiveFormat,
  files: readonly ArchiveFile[],
  time: number,
  { arch }: Platform,
): Promise<void> {
  switch (format) {
    case "zip":
      return await Deno.writeFile(path, buildZip(files, time));
    case "tar.gz":
      return await Deno.writeFile(
        path,
        gzipSync(buildTar(files, time), { level: 9 }),
      );
    case "tar.xz": {
      const tar = path.slice(0, -".xz".length);
      await Deno.writeFile(tar, buildTar(files, time));
      // Addresses in calls and jumps made absolute compress better, by a twentieth. For arm64 only
      // xz 5.4 can do it, and undo it. One thread: several cut the file up, and lose by it.
      const filter = arch === "x64" ? ["--x86"] : [];
      await runCommand(
        ["xz", "--force", "--threads=1", ...filter, "--lzma2=preset=9", tar],
      );
    }
  }
}

if (import.meta.main) {
  await runScript(async () => {
    const platform = findPlatform();
    const binary = `${projectRoot}dist/${nameProgram(platform)}`;
    const paths = await makeArchives(binary, platform, releaseFolder);
    for (const path of paths) {
      const megabytes = ((await Deno.stat(path)).size / 1e6).toFixed(1);
      console.log(`${path} (${megabytes} MB)`);
    }
  });
}
