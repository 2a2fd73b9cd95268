import { joinBytes } from "../join_bytes.ts";

/** Keys that wait for a remote which takes none: more than anybody pastes. */
const MAX_WAITING = 8 * 1024 * 1024;

/**
 * Sends keys in order, however long the remote takes, and never makes their reader wait: who types `~.` is
 * heard just when the remote hears nothing. What the returned function returns false for was dropped,
 * because too many wait already.
 */
export function queueKeys(
  remote: WritableStreamDefaultWriter<Uint8Array>,
): (keys: Uint8Array) => boolean {
  let waiting: Uint8Array[] = [];
  let length = 0;
  let sending = false;

  async function send(): Promise<void> {
    sending = true;
    while (waiting.length > 0) {
      const keys = joinBytes(waiting);
      waiting = [];
      await remote.write(keys);
      length -= keys.length;
    }
    sending = false;
  }

  return (keys) => {
    if (length + keys.length > MAX_WAITING) return false;
    length += keys.length;
    waiting.push(keys);
    // A remote that takes no more keys need not have ended: what it has to say is still to come.
    if (!sending) send().catch(() => {});
    return true;
  };
}
