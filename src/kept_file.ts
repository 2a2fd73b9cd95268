import { dirname } from "node:path";
import { readOwnedFile } from "./read_text_file.ts";
import { replaceFile } from "./write_private_file.ts";

/** Some hundred thousand names. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Reads what `keepFile` has kept. Rejects where it is a link, or where somebody else could have put it
 * there.
 */
export async function readKeptFile(path: string): Promise<string> {
  await checkFolder(dirname(path));
  if ((await Deno.lstat(path)).isSymlink) throw notOurs();
  const { text, owners } = await readOwnedFile(path, {
    mostBytes: MOST_BYTES,
    pipes: false,
  });
  if (owners.some((owner) => owner !== Deno.uid())) throw notOurs();
  return text;
}

/**
 * Keeps a file in a folder of porthole's own, both for their owner alone; a link is replaced, not
 * followed. Rejects where the folder is a link, or somebody else's, or anybody may write to it.
 */
export async function keepFile(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  await checkFolder(folder);
  await replaceFile(path, text);
}

/** The names of the files in a folder of porthole's own; empty where the folder is missing. */
export async function listKeptFiles(
  folder: string,
): Promise<readonly string[]> {
  try {
    await checkFolder(folder);
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.filter(({ isFile }) => isFile).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Removes what `keepFile` has kept; resolves with whether there was such a file. */
export async function removeKeptFile(path: string): Promise<boolean> {
  try {
    await checkFolder(dirname(path));
    await Deno.remove(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function checkFolder(path: string): Promise<void> {
  const { isDirectory, uid, mode } = await Deno.lstat(path);
  const isOpen = Deno.build.os !== "windows" && ((mode ?? 0) & 0o002) !== 0;
  if (!isDirectory || uid !== Deno.uid() || isOpen) throw notOurs();
}

function notOurs(): Error {
  return new Error("it is a link, or another user's");
}
