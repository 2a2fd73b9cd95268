/** What to do with keys that were read. */
export interface ReadKeys {
  /** These go to the remote. */
  readonly send: Uint8Array;
  /** The user typed `~.` at the start of a line: leave. */
  readonly leave: boolean;
  /** The user typed `~?` there: list these keys. */
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

/** What is shown there once keys are lost. */
export const DROPPED_KEYS =
  "\r\nThe session accepts no more keys, and too many are waiting, so they are dropped; ~. at the start of a line ends the session\r\n";

const TILDE = 0x7e;
const DOT = 0x2e;
const QUESTION_MARK = 0x3f;
const ESCAPE = 0x1b;
const isNewline = (byte: number | undefined): boolean =>
  byte === 0x0d || byte === 0x0a;

/**
 * What a terminal sends by itself, asked by a program or told that its window has the focus: where the
 * cursor is (busybox asks at every prompt), what it is and can do, its colors (ECMA-48; xterm's ctlseqs).
 */
const ANSWER =
  // deno-lint-ignore no-control-regex
  /^\x1b(?:\[\??\d+;\d+(?:;\d+)?R|\[[?>=][\d;]*c|\[\??[\d;]*n|\[\??[\d;]*\$y|\[[\d;]*t|\[\?\d*u|\[[IO]|[\]P][^]*(?:\x07|\x1b\\))$/;
// deno-lint-ignore no-control-regex
const BEGINNING = /^\x1b(?:\[[?>=]?[\d;]*\$?|[\]P][^\x07\x1b]*\x1b?)?$/;
/** What is longer is taken for keys. */
const LONGEST_ANSWER = 1024;

function judgeSequence(text: string): "answer" | "beginning" | "keys" {
  if (ANSWER.test(text)) return "answer";
  return text.length < LONGEST_ANSWER && BEGINNING.test(text)
    ? "beginning"
    : "keys";
}

/**
 * Watches keys for `~.` at the start of a line, as ssh does.
 *
 * A `~` there waits for the next key; `~~` is one `~`, so that `~~.` reaches an ssh inside the session.
 * The terminal's own answers go to the remote like keys, and are none.
 */
export function createEscapeWatcher(): (keys: Uint8Array) => ReadKeys {
  let atLineStart = true;
  let heldTilde = false;
  /** What may become an answer; behind a held `~` it is held, too. */
  let sequence = "";

  return (keys) => {
    const passes = !heldTilde && !keys.includes(TILDE);
    if (passes && sequence === "" && !keys.includes(ESCAPE)) {
      if (keys.length > 0) atLineStart = isNewline(keys.at(-1));
      return { send: keys, leave: false, help: false };
    }
    const send: number[] = [];
    let help = false;

    /** Whether a key is part of an answer, or may be. */
    function isInSequence(key: number): boolean {
      if (sequence === "" && key !== ESCAPE) return false;
      const longer = sequence + String.fromCharCode(key);
      const kind = judgeSequence(longer);
      if (kind === "keys") {
        if (heldTilde) send.push(TILDE, ...bytesOf(sequence));
        heldTilde = false;
        atLineStart = false;
        sequence = "";
        return key === ESCAPE && isInSequence(key);
      }
      if (!heldTilde) send.push(key);
      else if (kind === "answer") send.push(...bytesOf(longer));
      sequence = kind === "answer" ? "" : longer;
      return true;
    }

    for (const key of keys) {
      if (isInSequence(key)) continue;
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
    return {
      send: passes ? keys : Uint8Array.from(send),
      leave: false,
      help,
    };
  };
}

/** The bytes of a text whose characters are bytes. */
function bytesOf(text: string): readonly number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}
