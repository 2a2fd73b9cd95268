import type { OpenFile } from "./deps.ts";
import { dirname, join, parse, resolve, sep } from "node:path";

/** What stands at a path, and cannot be put whole in another's place. */
export class NotAFile extends Error {
  override readonly name = "NotAFile";
}

/**
 * Rejects where `writePrivateFile` could not write: as Deno does, or with NotAFile. It leaves
 * nothing behind, and opens only regular files.
 */
export async function checkWritable(path: string): Promise<void> {
  const place = await findPlace(path);
  if (place !== undefined) await Deno.remove(await makeNeighbour(place));
}

/** Puts a file there whole or not at all, for its owner's eyes only. */
export async function writePrivateFile(
  path: string,
  text: string,
): Promise<void> {
  const place = await findPlace(path);
  if (place !== undefined) await replaceFile(place, text);
}

/** Puts an empty file there, for its owner's eyes only, and opens it. */
export async function openPrivateFile(path: string): Promise<OpenFile> {
  const place = await findPlace(path) ?? NOWHERE;
  if (place !== NOWHERE) await replaceFile(place, "");
  const file = await Deno.open(place, { write: true });
  return {
    async write(bytes) {
      for (let rest = bytes; rest.length > 0;) {
        rest = rest.subarray(await file.write(rest));
      }
    },
    close: () => file.close(),
  };
}

/** Puts a file in the place of whatever has that name, a link too, for its owner's eyes only. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const neighbour = await makeNeighbour(path);
  try {
    await Deno.writeTextFile(neighbour, text);
    await Deno.rename(neighbour, path);
  } catch (error) {
    await Deno.remove(neighbour).catch(() => {});
    throw error;
  }
}

const NOWHERE = "/dev/null";
/** Most systems follow no more links than these. */
const MOST_LINKS = 40;

/**
 * Where the file is or will be: what links lead to, there or not, so that they stay links. Undefined
 * for /dev/null.
 */
async function findPlace(path: string): Promise<string | undefined> {
  let { root: place, parts } = split(resolve(path));
  for (let links = 0; parts.length > 0;) {
    const [name = "", ...rest] = parts;
    const next = join(place, name);
    if (join(next, ...rest) === NOWHERE) return undefined;
    // Deno does not let us look at most of them.
    refuseDevices(next);
    const there = await look(next);
    if (there?.isSymlink) {
      if (++links > MOST_LINKS) {
        throw new NotAFile("it is a link that points to itself");
      }
      await refuseStrangersLink(there, place);
      const target = split(resolve(place, await Deno.readLink(next)));
      place = target.root;
      parts = [...target.parts, ...rest];
      continue;
    }
    if (rest.length === 0) checkKind(there);
    else if (there === undefined) throw new Deno.errors.NotFound();
    else if (!there.isDirectory) throw new Deno.errors.NotADirectory();
    place = next;
    parts = rest;
  }
  // The root has no name of its own to be looked at above, by a link neither.
  if (place === parse(place).root) checkKind(await look(place));
  return place;
}

function split(path: string) {
  const { root } = parse(path);
  const parts = path.slice(root.length).split(sep).filter((part) =>
    part !== ""
  );
  return { root, parts };
}

/** Only a file, or nothing, can be put another in the place of. */
function checkKind(there: Deno.FileInfo | undefined): void {
  if (there === undefined || there.isFile) return;
  if (there.isDirectory) {
    throw new Deno.errors.IsADirectory("it is a directory");
  }
  throw new NotAFile(tellKind(there));
}

/**
 * In a shared directory, for example /tmp, where anybody may put a link of any name, one of another user's would
 * choose which of our files is overwritten. Linux refuses it by the same rule where it is told to:
 * https://docs.kernel.org/admin-guide/sysctl/fs.html#protected-symlinks
 */
async function refuseStrangersLink(
  link: Deno.FileInfo,
  folder: string,
): Promise<void> {
  const { mode, uid } = await Deno.stat(folder);
  const isShared = mode !== null && (mode & STICKY) !== 0 &&
    (mode & WRITABLE_BY_OTHERS) !== 0;
  if (isShared && link.uid !== Deno.uid() && link.uid !== uid) {
    throw new NotAFile(
      "another user has put a link there, in a directory that is everybody's",
    );
  }
}

const STICKY = 0o1000;
const WRITABLE_BY_OTHERS = 0o022;

function refuseDevices(path: string): void {
  if (Deno.build.os !== "windows" && /^\/(?:dev|proc|sys)(?:\/|$)/.test(path)) {
    throw new NotAFile("it is a device, not a file");
  }
}

async function look(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function tellKind({ isFifo, isSocket }: Deno.FileInfo): string {
  const kind = isFifo ? "named pipe" : isSocket ? "socket" : "device";
  return `it is a ${kind}, not a file`;
}

/** An empty file in the same directory, which only its owner may read. */
async function makeNeighbour(path: string): Promise<string> {
  return await Deno.makeTempFile({ dir: dirname(path), prefix: ".porthole-" });
}
