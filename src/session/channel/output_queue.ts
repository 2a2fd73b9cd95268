/** Bytes between a channel that delivers when it likes and a reader that may be slow. */
export interface OutputQueue {
  /** Hands over all that is waiting as one chunk. */
  readonly stream: ReadableStream<Uint8Array>;
  push(bytes: Uint8Array): void;
  close(): void;
}

const HIGH_WATER = 4 * 1024 * 1024;
const LOW_WATER = 1024 * 1024;
const MAX_CHUNK = 256 * 1024;

/**
 * A queue that tells through `onFull` when the sender should pause and go on.
 *
 * Frames are acknowledged before they are written (an unacknowledged one is not repaired after the
 * command's end), so it is the connection that is paused and not the acknowledgement withheld.
 */
export function createOutputQueue(
  onFull: (full: boolean) => void,
): OutputQueue {
  let chunks: Uint8Array[] = [];
  let size = 0;
  let full = false;
  let closed = false;
  let wake: (() => void) | undefined;

  function take(): Uint8Array {
    let count = 0;
    let length = 0;
    for (const chunk of chunks) {
      if (count > 0 && length + chunk.length > MAX_CHUNK) break;
      length += chunk.length;
      count++;
    }
    const taken = new Uint8Array(length);
    let offset = 0;
    for (const chunk of chunks.splice(0, count)) {
      taken.set(chunk, offset);
      offset += chunk.length;
    }
    size -= length;
    if (full && size < LOW_WATER) {
      full = false;
      onFull(false);
    }
    return taken;
  }

  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      while (chunks.length === 0 && !closed) {
        await new Promise<void>((resolve) => wake = resolve);
      }
      if (chunks.length > 0) controller.enqueue(take());
      else controller.close();
    },
    cancel() {
      closed = true;
      chunks = [];
      if (full) onFull(false);
    },
  }, { highWaterMark: 0 });

  return {
    stream,
    push(bytes) {
      if (closed || bytes.length === 0) return;
      chunks.push(bytes);
      size += bytes.length;
      if (!full && size > HIGH_WATER) {
        full = true;
        onFull(true);
      }
      wake?.();
    },
    close() {
      closed = true;
      wake?.();
    },
  };
}
