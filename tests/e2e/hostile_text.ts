import assert from "node:assert/strict";

/** What a hostile text begins with, to be found again. */
export const MARK = "evil";

/**
 * What somebody puts into a name or a reason who wants to act on the terminal that shows it: an
 * operating system command, a control sequence of each kind, line ends, a NUL, marks that turn text
 * around, half a character, and more of it than fits on any screen.
 */
export const HOSTILE =
  `${MARK}\x1b]0;x\x07\x1b[2J\r\nspoofed\0\x9b2K\x7f\u202e\u2066\u2028\ud800${
    "z".repeat(100_000)
  }`;

/** The same for what cannot be as long, or have a NUL: arguments, variables, file names. */
export const SHORT_HOSTILE =
  `${MARK}\x1b]0;x\x07\x1b[2J\r\nspoofed\x9b2K\x7f\u202e\u2066\u2028`;

/** A table can show what is hostile in several columns, each cut. */
const LONGEST_LINE = 20_000;

/** Fails where a text that porthole has written itself could act on a terminal, or passes for another line. */
export function assertHarmless(
  text: string,
  what: string,
  /** Data for programs: every value is whole. */
  { whole = false }: { readonly whole?: boolean } = {},
): void {
  const found = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.exec(
    text.replaceAll("\n", "").replaceAll("\t", ""),
  );
  assert.equal(
    found && JSON.stringify(text.slice(0, 2000)),
    null,
    `${what} has a control character`,
  );
  for (const line of text.split("\n")) {
    assert.doesNotMatch(
      line,
      /^\W*spoofed/,
      `${what} has a line of its own: ${JSON.stringify(text.slice(0, 3000))}`,
    );
    assert.ok(
      whole || line.length < LONGEST_LINE,
      `${what} has a line of ${line.length}`,
    );
  }
}
