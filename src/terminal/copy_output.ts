import type { OutputDevice } from "../deps.ts";

/** How output is copied, and who hears of what happens. */
export interface OutputOptions {
  /** From then on what comes is read, and not written. */
  readonly signal: AbortSignal;
  readonly onBytes?: (count: number) => void;
  readonly onError?: (error: unknown) => void;
}

/**
 * Copies the remote's output to our own, each chunk as soon as it comes.
 *
 * When it cannot be written any more it is still read to its end, for the session can end only then.
 * A stream that breaks is a stream that ends: the session's exit says why.
 */
export async function copyOutput(
  remote: ReadableStream<Uint8Array>,
  device: OutputDevice,
  options: OutputOptions,
): Promise<void> {
  const reader = remote.getReader();
  let writable = true;
  for (;;) {
    const { value } = await reader.read().catch(() => ({ value: undefined }));
    if (value === undefined) return;
    if (!writable || options.signal.aborted) continue;
    try {
      await device.write(value);
      options.onBytes?.(value.length);
    } catch (error) {
      writable = false;
      options.onError?.(error);
    }
  }
}
