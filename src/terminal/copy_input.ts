import type { InputDevice } from "../deps.ts";
import { createEscapeWatcher } from "./escape_keys.ts";

/** How input is copied, and who hears of what happens. */
export interface InputOptions {
  /** Every key is the remote's, but for `~.` and `~?`. */
  readonly interactive: boolean;
  /** Stops the copying; what has not been read stays unread. */
  readonly signal: AbortSignal;
  readonly onBytes: (count: number) => void;
  /** The user typed `~.`. */
  readonly onLeave: () => void;
  /** The user typed `~?`. */
  readonly onHelp: () => void;
  /** The terminal has gone: nobody will ever type `exit`. */
  readonly onGone: () => void;
  readonly onError: (error: unknown) => void;
}

/** Copies our stdin to the remote, at the remote's pace, and its end as the remote's end of input. */
export async function copyInput(
  stdin: InputDevice,
  remote: WritableStreamDefaultWriter<Uint8Array>,
  options: InputOptions,
): Promise<void> {
  const reader = stdin.open().getReader();
  const stop = () => void reader.cancel().catch(() => {});
  options.signal.addEventListener("abort", stop, { once: true });
  const watchKeys = options.interactive ? createEscapeWatcher() : undefined;

  for (;;) {
    let chunk: Uint8Array | undefined;
    try {
      chunk = (await reader.read()).value;
    } catch (error) {
      // What follows the end of a terminal is read as an error.
      if (!options.interactive) return options.onError(error);
    }
    if (options.signal.aborted) return;
    if (chunk === undefined) {
      if (options.interactive) return options.onGone();
      return await remote.close().catch(() => {});
    }

    const { send, leave, help } = watchKeys?.(chunk) ??
      { send: chunk, leave: false, help: false };
    if (help) options.onHelp();
    if (send.length > 0) {
      try {
        await remote.ready;
      } catch {
        // The remote takes no more input, which need not be its end: `head -1` has output to come.
        return stop();
      }
      if (options.signal.aborted) return;
      remote.write(send).catch(() => {});
      options.onBytes(send.length);
    }
    if (leave) return options.onLeave();
  }
}
