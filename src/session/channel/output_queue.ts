import { OWN_LIMITS } from "../session_limits.ts";
import { createByteStore } from "./byte_store.ts";

/** Bytes between a channel that delivers when it likes and a reader that may be slow. */
export interface OutputQueue {
  /** Hands over what is waiting; a chunk is overwritten once the reader asks for another. */
  readonly stream: ReadableStream<Uint8Array>;
  /** Copies bytes into the queue. */
  push(bytes: Uint8Array): void;
  close(): void;
}

const MAX_CHUNK = 256 * 1024;

/**
 * A queue that calls `onFull` when the sender should pause, and when it should go on.
 *
 * Frames are acknowledged before they are written (an unacknowledged one is not repaired after the
 * command's end), so it is the connection that is paused and not the acknowledgement withheld.
 */
export function createOutputQueue(
  onFull: (full: boolean) => void,
  highWater: number = OWN_LIMITS.output,
): OutputQueue {
  const lowWater = highWater / 4;
  const store = createByteStore();
  let taken: Uint8Array = new Uint8Array(0);
  let full = false;
  let closed = false;
  let wake: (() => void) | undefined;

  const size = () => taken.length + store.length();

  function next(): Uint8Array {
    if (taken.length === 0) taken = store.take();
    const chunk = taken.subarray(0, MAX_CHUNK);
    taken = taken.subarray(chunk.length);
    if (full && size() < lowWater) {
      full = false;
      onFull(false);
    }
    return chunk;
  }

  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      while (size() === 0 && !closed) {
        await new Promise<void>((resolve) => wake = resolve);
      }
      if (size() > 0) controller.enqueue(next());
      else controller.close();
    },
    cancel() {
      closed = true;
      taken = new Uint8Array(0);
      store.clear();
      if (full) onFull(false);
    },
  }, { highWaterMark: 0 });

  return {
    stream,
    push(bytes) {
      if (closed || bytes.length === 0) return;
      store.add(bytes);
      if (!full && size() > highWater) {
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
