import { SIGNAL_BASE } from "../end_signal.ts";
import type { SessionOutcome } from "./run_session.ts";

/**
 * Takes back what a full-screen program does to a terminal, and would have taken back at its own end
 * (ECMA-48, xterm's ctlseqs). The cursor is saved before the alternate screen is left, which restores
 * one: where there is no such screen to leave, it stays where it is.
 */
export const RESET_TERMINAL = [
  // The normal screen; there, lines scroll on all of it and are counted from its top.
  "\x1b7\x1b[?1049l",
  "\x1b7\x1b[?6l\x1b[r\x1b8",
  // Mouse, focus, pasted text in brackets, synchronized output.
  "\x1b[?9l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1005l\x1b[?1006l\x1b[?1015l",
  "\x1b[?1004l\x1b[?2004l\x1b[?2026l",
  // The keypad, the arrow keys, modified keys as xterm and as kitty report them.
  "\x1b>\x1b[?1l\x1b[>4m\x1b[<u",
  // Wrapped lines, no inserting, ASCII, no attributes, the cursor shown in its own shape.
  "\x1b[?7h\x1b[4l\x1b(B\x0f\x1b[m\x1b[?25h\x1b[0 q",
].join("");

/** Whether the remote has ended by itself: what it changed on the terminal it has then taken back. */
export function isRemotesOwnEnd(outcome: SessionOutcome): boolean {
  if (outcome.kind !== "ended") return false;
  const { end } = outcome;
  return end.kind === "unknown" ||
    (end.kind === "status" && end.status < SIGNAL_BASE);
}
