import { basename, dirname, join, resolve } from "node:path";

/** What stands at a path, and cannot be put whole in another's place. */
export class NotAFile extends Error {
  override readonly name = "NotAFile";
}

/**
 * Rejects where `writePrivateFile` could not write: as Deno does, or with NotAFile. It leaves
 * nothing behind, and opens nothing that is no file.
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
  if (place === undefined) return;
  const neighbour = await makeNeighbour(place);
  try {
    await Deno.writeTextFile(neighbour, text);
    await Deno.rename(neighbour, place);
  } catch (error) {
    await Deno.remove(neighbour).catch(() => {});
    throw error;
  }
}

const NOWHERE = "/dev/null";
/** Most systems follow no more links than these. */
const MOST_LINKS = 40;

/**
 * Where the file is or will be: what a link leads to, there or not, so that the link stays one.
 * Undefined for /dev/null.
 */
async function findPlace(path: string): Promise<string | undefined> {
  let place = resolve(path);
  for (let links = 0; links <= MOST_LINKS; links++) {
    if (place === NOWHERE) return undefined;
    // Deno does not let us look at most of them.
    refuseDevices(place);
    place = join(await Deno.realPath(dirname(place)), basename(place));
    if (place === NOWHERE) return undefined;
    refuseDevices(place);
    const there = await look(place);
    if (there === undefined || there.isFile) return place;
    if (there.isDirectory) {
      throw new Deno.errors.IsADirectory("it is a directory");
    }
    if (!there.isSymlink) throw new NotAFile(tellKind(there));
    place = resolve(dirname(place), await Deno.readLink(place));
  }
  throw new NotAFile("it is a link that leads to itself");
}

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
