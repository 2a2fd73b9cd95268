/** Writes dist/release/checksums.txt: the SHA-256 of each of a release's files, as sha256sum does. */
import { createHash } from "node:crypto";
import { runScript } from "../run_script.ts";
import { releaseFolder } from "./release_folder.ts";

/** The file's name: without the version, so that the newest one has a fixed address. */
export const checksumFile = "checksums.txt";

/** Writes the checksums of all else in a folder, sorted by name, and returns the path. */
export async function writeChecksums(folder: string): Promise<string> {
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && name !== checksumFile) names.push(name);
  }
  const lines = await Promise.all(
    names.sort().map(async (name) =>
      `${hashFile(await Deno.readFile(`${folder}${name}`))}  ${name}\n`
    ),
  );
  const path = `${folder}${checksumFile}`;
  await Deno.writeTextFile(path, lines.join(""));
  return path;
}

/** Reads such a file: names to SHA-256 in hexadecimal. */
export function parseChecksums(text: string): ReadonlyMap<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.split("\n").filter((line) => line !== "")) {
    const [, sum, name] = line.match(/^([0-9a-f]{64}) [ *](\S+)$/) ?? [];
    if (sum === undefined || name === undefined) {
      throw new Error(`Cannot read ${checksumFile}: "${line}" is no checksum`);
    }
    sums.set(name, sum);
  }
  return sums;
}

/** Reads the checksums of a folder. */
export async function readChecksums(
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  return parseChecksums(await Deno.readTextFile(`${folder}${checksumFile}`));
}

function hashFile(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

if (import.meta.main) {
  await runScript(async () => console.log(await writeChecksums(releaseFolder)));
}
