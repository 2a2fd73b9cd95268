/** Bytes that gather while those before them are on their way. */
export interface ByteStore {
  /** How many wait to be taken. */
  length(): number;
  /** Copies bytes behind those that wait. */
  add(bytes: Uint8Array): void;
  /** Takes all that waits; what it returns is overwritten after the next call. */
  take(): Uint8Array;
  clear(): void;
}

const FIRST_SIZE = 64 * 1024;

/**
 * Two buffers that take turns: one gathers what the other's owner has not handled yet.
 *
 * A session moves its bytes through buffers that stay: those made anew for each message outlive a
 * quick garbage collection, and a session would grow by a hundred megabytes before a thorough one.
 */
export function createByteStore(): ByteStore {
  let gathering = new Uint8Array(0);
  let taken = gathering;
  let length = 0;
  return {
    length: () => length,
    add(bytes) {
      const needed = length + bytes.length;
      if (needed > gathering.length) {
        const larger = new Uint8Array(
          Math.max(FIRST_SIZE, 2 * gathering.length, needed),
        );
        larger.set(gathering.subarray(0, length));
        gathering = larger;
      }
      gathering.set(bytes, length);
      length = needed;
    },
    take() {
      const bytes = gathering.subarray(0, length);
      [gathering, taken] = [taken, gathering];
      length = 0;
      return bytes;
    },
    clear() {
      length = 0;
    },
  };
}
