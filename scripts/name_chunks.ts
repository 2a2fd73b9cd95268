/** What the bundler puts between a chunk's name and its end, to tell it from others. */
const CHUNK = /-[A-Z0-9]{8}\.js$/;

const MARK_LENGTH = 12;

/**
 * Names the chunks of a bundle by what is in them. The bundler's own names depend on where the source
 * and the packages lie, and chunks name each other: so each is known by its text, with the names in it
 * replaced by what those are known by, as far as it takes to tell them apart.
 *
 * @param modules Texts by file name; what is not a chunk, as `main.js`, keeps its name.
 */
export async function nameChunks(
  modules: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  const chunks = [...modules].filter(([name]) => CHUNK.test(name));
  let marks = new Map(chunks.map(([name]) => [name, ""]));
  for (let told = 0; told < chunks.length;) {
    const next = new Map<string, string>();
    for (const [name, text] of chunks) {
      next.set(name, await hash(replaceNames(text, marks)));
    }
    const count = new Set(next.values()).size;
    if (count <= told) {
      throw new Error("Cannot bundle: two chunks cannot be told apart");
    }
    told = count;
    marks = next;
  }
  const names = new Map(
    [...marks].map(([name, mark]) => [
      name,
      name.replace(CHUNK, `-${mark}.js`),
    ]),
  );
  return new Map(
    [...modules].map(([name, text]) => [
      names.get(name) ?? name,
      replaceNames(text, names),
    ]),
  );
}

function replaceNames(
  text: string,
  names: ReadonlyMap<string, string>,
): string {
  return text.replaceAll(
    /[\w.-]+-[A-Z0-9]{8}\.js/g,
    (name) => names.get(name) ?? name,
  );
}

async function hash(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex().slice(0, MARK_LENGTH);
}
