/** Bytes that come in pieces of any size, taken in the sizes that are needed. */
export interface ByteSource {
  /** Exactly so many bytes, which are the caller's; undefined where the source has ended before. */
  take(length: number): Promise<Uint8Array | undefined>;
  /** Some bytes, at least one and at most so many, valid until the next call; undefined at the end. */
  some(most: number): Promise<Uint8Array | undefined>;
  /** All that is left, piece by piece. */
  rest(): AsyncIterable<Uint8Array>;
  /** Nothing more is wanted. */
  close(): Promise<void>;
}

const PIECE = 256 * 1024;

/** Makes such a source of pieces. */
export function createByteSource(
  pieces: AsyncIterable<Uint8Array>,
): ByteSource {
  const iterator = pieces[Symbol.asyncIterator]();
  let held: Uint8Array = new Uint8Array(0);

  async function some(most: number): Promise<Uint8Array | undefined> {
    while (held.length === 0) {
      const next = await iterator.next();
      if (next.done) return undefined;
      held = next.value;
    }
    const taken = held.subarray(0, most);
    held = held.subarray(taken.length);
    return taken;
  }

  async function* rest(): AsyncGenerator<Uint8Array> {
    for (let bytes; (bytes = await some(PIECE)) !== undefined;) yield bytes;
  }

  return {
    some,
    rest,
    close: async () => void await iterator.return?.(),
    async take(length) {
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length;) {
        const part = await some(length - at);
        if (part === undefined) return undefined;
        bytes.set(part, at);
        at += part.length;
      }
      return bytes;
    },
  };
}
