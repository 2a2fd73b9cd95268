/** The bytes of all chunks, one after the other; those of a single chunk are that chunk. */
export function joinBytes(chunks: readonly Uint8Array[]): Uint8Array {
  const [first = new Uint8Array(), ...others] = chunks.filter(({ length }) =>
    length > 0
  );
  if (others.length === 0) return first;
  const joined = new Uint8Array(
    others.reduce((length, chunk) => length + chunk.length, first.length),
  );
  let at = 0;
  for (const chunk of [first, ...others]) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}
