import { CancelledBySignal } from "./cancelled_by_signal.ts";
import { statusOfSignal } from "./end_signal.ts";
import type { ErrorCode, PortholeError } from "./errors.ts";

/** Whose rules an exit status follows: `exec` and `run` keep 0–124 for the remote command. */
export type StatusRules = "remote" | "local";

/** The exit status of an error of porthole's own: a signal's where one has cancelled the work. */
export function exitStatusOf(error: PortholeError, rules: StatusRules): number {
  return error instanceof CancelledBySignal
    ? statusOfSignal(error.signal)
    : exitStatusFor(error.code, rules);
}

/** The exit status of an error code. */
export function exitStatusFor(code: ErrorCode, rules: StatusRules): number {
  if (code === "cancelled") return 130;
  if (rules === "local") {
    return code === "usage" || code === "not_a_tty" ? 2 : 1;
  }
  switch (code) {
    case "timed_out":
      return 124;
    case "not_executable":
      return 126;
    case "command_not_found":
      return 127;
    default:
      return 125;
  }
}
