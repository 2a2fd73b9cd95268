import { dirname } from "node:path";

/** Rejects, as Deno does, where `writePrivateFile` could not write; leaves nothing behind. */
export async function checkWritable(path: string): Promise<void> {
  const place = await findPlace(path);
  if (place.kind === "device") return;
  await Deno.remove(await makeNeighbour(place.path));
}

/**
 * Puts a file there whole or not at all, for its owner's eyes only.
 *
 * What is no file, such as /dev/stderr or a named pipe, is written to as it is.
 */
export async function writePrivateFile(
  path: string,
  text: string,
): Promise<void> {
  const place = await findPlace(path);
  if (place.kind === "device") {
    return await Deno.writeTextFile(path, text, {
      create: false,
      append: true,
    });
  }
  const neighbour = await makeNeighbour(place.path);
  try {
    await Deno.writeTextFile(neighbour, text);
    await Deno.rename(neighbour, place.path);
  } catch (error) {
    await Deno.remove(neighbour).catch(() => {});
    throw error;
  }
}

type Place =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "device" };

async function findPlace(path: string): Promise<Place> {
  let there: Deno.FileInfo;
  try {
    there = await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { kind: "file", path };
    throw error;
  }
  if (there.isDirectory) {
    throw new Deno.errors.IsADirectory("it is a directory");
  }
  // /dev/stderr may be a link to a file, and is a stream all the same. Any other link stays one.
  return there.isFile && !path.startsWith("/dev/")
    ? { kind: "file", path: await Deno.realPath(path) }
    : { kind: "device" };
}

/** An empty file in the same directory, which only its owner may read. */
async function makeNeighbour(path: string): Promise<string> {
  return await Deno.makeTempFile({ dir: dirname(path), prefix: ".porthole-" });
}
