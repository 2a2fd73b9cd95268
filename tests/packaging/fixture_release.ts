import { gzipSync } from "node:zlib";
import { projectRoot, readManifest } from "../../scripts/project.ts";
import { buildTar } from "../../scripts/release/build_tar.ts";
import {
  findPlatform,
  nameArchive,
  type Platform,
  platforms,
} from "../../scripts/release/platforms.ts";
import { stampText } from "../../scripts/release/read_stamped.ts";
import { writeChecksums } from "../../scripts/release/write_checksums.ts";

/** The version of fixture releases. */
export const fixtureVersion = "1.2.3";

/** Says of itself what porthole says. */
export const standIn =
  `#!/bin/sh\necho "porthole ${fixtureVersion} (abc1234, 2026-01-02)"\n`;

/**
 * Makes a release in a folder: an archive for each platform but Windows with a program in it that stands
 * in for porthole, the checksums, and install.sh.
 */
export async function makeFixtureRelease(
  folder: string,
  program: string = standIn,
): Promise<void> {
  const bytes = new TextEncoder().encode(program);
  for (const platform of platforms.filter(({ os }) => os !== "windows")) {
    await writeArchive(folder, fixtureVersion, platform, bytes);
  }
  await Deno.writeTextFile(`${folder}install.sh`, await readInstaller());
  await writeChecksums(folder);
}

/** Makes a release in a folder of the binary that has been compiled, for this machine. */
export async function makeRealRelease(folder: string): Promise<void> {
  const bytes = await Deno.readFile(`${projectRoot}dist/porthole`);
  await writeArchive(folder, readManifest().version, findPlatform(), bytes);
  await Deno.writeTextFile(`${folder}install.sh`, await readInstaller());
  await writeChecksums(folder);
}

async function writeArchive(
  folder: string,
  version: string,
  platform: Platform,
  program: Uint8Array,
): Promise<void> {
  const tar = buildTar(
    [{ name: "porthole", bytes: program, executable: true }],
    0,
  );
  const name = nameArchive(version, platform, "tar.gz");
  // Stored: to compress the real one takes seconds.
  await Deno.writeFile(`${folder}${name}`, gzipSync(tar, { level: 0 }));
}

/** Reads install.sh as a release has it. */
export async function readInstaller(): Promise<string> {
  const text = await Deno.readTextFile(`${projectRoot}packaging/install.sh`);
  return stampText(text, {
    repository: "acme/porthole",
    version: fixtureVersion,
  });
}
