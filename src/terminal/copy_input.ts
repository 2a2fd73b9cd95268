import type { InputDevice } from "../deps.ts";
import { createEscapeWatcher } from "./escape_keys.ts";
import { queueKeys } from "./queue_keys.ts";

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
  /** Keys were dropped, because the remote takes none and too many wait. */
  readonly onDropped: () => void;
  /** The terminal was closed. */
  readonly onGone: () => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Copies our stdin to the remote, and its end as the remote's end of input: at the remote's pace, but for
 * keys. Those are always read and watched.
 */
export async function copyInput(
  stdin: InputDevice,
  remote: WritableStreamDefaultWriter<Uint8Array>,
  options: InputOptions,
): Promise<void> {
  const reader = stdin.open().getReader();
  const stop = () => void reader.cancel().catch(() => {});
  options.signal.addEventListener("abort", stop, { once: true });
  const pass = options.interactive
    ? passKeys(remote, options)
    : passBytes(remote, options);

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
    if (await pass(chunk) === "stop") return stop();
    if (options.signal.aborted) return;
  }
}

type Pass = (
  chunk: Uint8Array,
) => "go on" | "stop" | Promise<"go on" | "stop">;

function passKeys(
  remote: WritableStreamDefaultWriter<Uint8Array>,
  { onBytes, onHelp, onDropped, onLeave }: InputOptions,
): Pass {
  const watchKeys = createEscapeWatcher();
  const queue = queueKeys(remote);
  let dropping = false;
  return (chunk) => {
    const { send, leave, help } = watchKeys(chunk);
    if (help) onHelp();
    if (send.length > 0) {
      const queued = queue(send);
      if (queued) onBytes(send.length);
      else if (!dropping) onDropped();
      dropping = !queued;
    }
    if (leave) onLeave();
    return leave ? "stop" : "go on";
  };
}

function passBytes(
  remote: WritableStreamDefaultWriter<Uint8Array>,
  { signal, onBytes }: InputOptions,
): Pass {
  return async (chunk) => {
    try {
      await remote.ready;
    } catch {
      // The remote takes no more input, which need not be its end: `head -1` has output to come.
      return "stop";
    }
    if (signal.aborted) return "stop";
    remote.write(chunk).catch(() => {});
    onBytes(chunk.length);
    return "go on";
  };
}
