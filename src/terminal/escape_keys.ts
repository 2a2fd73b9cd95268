/** What to do with keys that were read. */
export interface ReadKeys {
  /** These go to the remote. */
  readonly send: Uint8Array;
  /** The user typed `~.` at the start of a line: leave. */
  readonly leave: boolean;
}

const TILDE = 0x7e;
const DOT = 0x2e;
const isNewline = (byte: number | undefined): boolean =>
  byte === 0x0d || byte === 0x0a;

/**
 * Watches keys for `~.` at the start of a line, as ssh does.
 *
 * A `~` there waits for the next key; `~~` is one `~`, so that `~~.` reaches an ssh inside the session.
 */
export function createEscapeWatcher(): (keys: Uint8Array) => ReadKeys {
  let atLineStart = true;
  let heldTilde = false;

  return (keys) => {
    if (!heldTilde && !keys.includes(TILDE)) {
      if (keys.length > 0) atLineStart = isNewline(keys.at(-1));
      return { send: keys, leave: false };
    }
    const send: number[] = [];
    for (const key of keys) {
      if (heldTilde) {
        heldTilde = false;
        if (key === DOT) return { send: Uint8Array.from(send), leave: true };
        send.push(TILDE);
        atLineStart = false;
        if (key === TILDE) continue;
      } else if (atLineStart && key === TILDE) {
        heldTilde = true;
        continue;
      }
      send.push(key);
      atLineStart = isNewline(key);
    }
    return { send: Uint8Array.from(send), leave: false };
  };
}
