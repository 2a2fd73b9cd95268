import { joinBytes } from "../../join_bytes.ts";

/** What the plugin's last words were. */
export type PluginEnding =
  | { readonly kind: "exited" }
  | { readonly kind: "error"; readonly text: string }
  | { readonly kind: "none" };

/** Takes the plugin's own texts out of what it prints; bytes in, the remote's bytes out. */
export interface BannerFilter {
  /** Takes the next bytes; gives those that are surely the remote's. */
  push(chunk: Uint8Array): Uint8Array;
  /** The plugin has been silent for a while: a text that it writes at once is not in the middle. Gives what that frees. */
  settle(): Uint8Array;
  /** The plugin has ended: gives the rest, and how the plugin said it ended. */
  finish(): { readonly rest: Uint8Array; readonly ending: PluginEnding };
}

/** An error text longer than this is taken for the remote's output, so that little is ever held back. */
const LONGEST_ERROR_TEXT = 16 * 1024;

/**
 * Makes the filter for one session.
 *
 * The plugin writes one text first and one text last, both with the session's id, and where the session is encrypted
 * a line behind the first. Those go, and nothing else: what looks like them in the middle is the remote's. So bytes
 * that may be the start of the last text are held back until more bytes, or the end, decide. The line ends with a bare
 * LF, which a remote terminal in its usual mode never sends.
 */
export function createBannerFilter(sessionId: string): BannerFilter {
  const encrypted = encode("This session is encrypted using AWS KMS.\n");
  const opening = encode(`\nStarting session with SessionId: ${sessionId}\n`);
  const exited = encode(
    `\n\nExiting session with sessionId: ${sessionId}.\n\n`,
  );
  const error = encode(`\n\nSessionId: ${sessionId} : `);
  const errorEnd = encode("\n\n");

  /** What the plugin's next text is, if one comes; then all is the remote's, up to the last. */
  let next: Uint8Array | undefined = opening;
  let held: Uint8Array = EMPTY;

  /** Whether `tail` may turn out to be the plugin's last text. */
  function mayBeLastText(tail: Uint8Array): boolean {
    return startsWith(exited, tail) || startsWith(error, tail) ||
      (startsWith(tail, error) &&
        tail.length <= error.length + LONGEST_ERROR_TEXT);
  }

  function release(): Uint8Array {
    for (
      let start = held.indexOf(NEWLINE);
      start >= 0;
      start = held.indexOf(NEWLINE, start + 1)
    ) {
      if (mayBeLastText(held.subarray(start))) return releaseFirst(start);
    }
    return releaseFirst(held.length);
  }

  function releaseFirst(length: number): Uint8Array {
    const released = held.subarray(0, length);
    // A copy: the little that stays must not keep a large chunk alive.
    held = held.slice(length);
    return released;
  }

  return {
    push(chunk) {
      held = joinBytes([held, chunk]);
      while (next !== undefined) {
        if (held.length < next.length && startsWith(next, held)) return EMPTY;
        const follows = next === opening ? encrypted : undefined;
        if (!startsWith(held, next)) next = undefined;
        else {
          held = held.subarray(next.length);
          next = follows;
        }
      }
      return release();
    },
    settle() {
      // The last text is written in one go, so silence in the middle of it means it is not it; an error text may
      // be too long for that.
      const whole = held.length >= exited.length || startsWith(held, error);
      if (next === opening || whole || held.length === 0) return EMPTY;
      next = undefined;
      return releaseFirst(held.length);
    },
    finish() {
      if (endsWith(held, exited)) {
        return {
          rest: releaseFirst(held.length - exited.length),
          ending: { kind: "exited" },
        };
      }
      const start = endsWith(held, errorEnd) ? lastIndexOf(held, error) : -1;
      // The text's own newlines may run into those of the frame.
      if (start >= 0 && held.length >= start + error.length + errorEnd.length) {
        const text = new TextDecoder().decode(
          held.subarray(start + error.length),
        ).trim();
        return { rest: releaseFirst(start), ending: { kind: "error", text } };
      }
      return { rest: releaseFirst(held.length), ending: { kind: "none" } };
    },
  };
}

const EMPTY = new Uint8Array(0);
const NEWLINE = 10;

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function startsWith(whole: Uint8Array, start: Uint8Array): boolean {
  if (whole.length < start.length) return false;
  for (let i = 0; i < start.length; i++) {
    if (whole[i] !== start[i]) return false;
  }
  return true;
}

function endsWith(whole: Uint8Array, end: Uint8Array): boolean {
  return whole.length >= end.length &&
    startsWith(whole.subarray(whole.length - end.length), end);
}

function lastIndexOf(whole: Uint8Array, part: Uint8Array): number {
  for (let start = whole.length - part.length; start >= 0; start--) {
    if (startsWith(whole.subarray(start), part)) return start;
  }
  return -1;
}
