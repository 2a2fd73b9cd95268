/** What to do with keys that were read. */
export interface ReadKeys {
  /** These go to the remote. */
  readonly send: Uint8Array;
  /** The user typed `~.` at the start of a line: leave. */
  readonly leave: boolean;
  /** The user typed `~?` there: tell of these keys. */
  readonly help: boolean;
}

/** What `~?` shows, on a raw terminal. */
export const ESCAPE_HELP = [
  "",
  "At the start of a line:",
  "  ~.  end the session",
  "  ~~  send one ~",
  "  ~?  show this",
  "",
].join("\r\n");

const TILDE = 0x7e;
const DOT = 0x2e;
const QUESTION_MARK = 0x3f;
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
      return { send: keys, leave: false, help: false };
    }
    const send: number[] = [];
    let help = false;
    for (const key of keys) {
      if (heldTilde) {
        heldTilde = false;
        if (key === DOT) {
          return { send: Uint8Array.from(send), leave: true, help };
        }
        if (key === QUESTION_MARK) {
          help = true;
          continue;
        }
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
    return { send: Uint8Array.from(send), leave: false, help };
  };
}
