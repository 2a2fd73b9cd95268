import type { ErrorCode } from "./errors.ts";

/** Whose rules an exit status follows: `exec` and `run` keep 0–124 for the remote command. */
export type StatusRules = "remote" | "local";

/** The status of a command ended by signal number `n`, as shells say it. */
export const SIGNAL_BASE = 128;

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 };

/** A signal that ends porthole, and with it a session. */
export type EndSignal = keyof typeof SIGNAL_NUMBERS;

/** The status of a command that `signal` ended. */
export function statusOfSignal(signal: EndSignal): number {
  return SIGNAL_BASE + SIGNAL_NUMBERS[signal];
}

/** Names the exit status for an error of porthole's own. */
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
