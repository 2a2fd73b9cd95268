/** Bytes that come at one end and are taken at the other. */
export interface ByteBuffer {
  /** All of them; good until the next one is added. */
  view(): Uint8Array;
  add(bytes: Uint8Array): void;
  /** Takes the first `count`. */
  drop(count: number): void;
}

const FIRST_SIZE = 4096;

/** Makes an empty one; it copies what it is given, and grows by doubling. */
export function createByteBuffer(): ByteBuffer {
  let bytes = new Uint8Array(FIRST_SIZE);
  let start = 0;
  let end = 0;
  return {
    view: () => bytes.subarray(start, end),
    add(more) {
      if (end + more.length > bytes.length) {
        const held = bytes.subarray(start, end);
        bytes = new Uint8Array(
          Math.max(FIRST_SIZE, 2 * held.length) + more.length,
        );
        bytes.set(held);
        start = 0;
        end = held.length;
      }
      bytes.set(more, end);
      end += more.length;
    },
    drop(count) {
      start = Math.min(end, start + count);
    },
  };
}
