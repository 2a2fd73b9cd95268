/** The status of a command ended by signal number `n`, as shells say it. */
export const SIGNAL_BASE = 128;

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 };

/** A signal that ends porthole, and with it a session. */
export type EndSignal = keyof typeof SIGNAL_NUMBERS;

/** All of them, the commonest first. */
export const END_SIGNALS: readonly EndSignal[] = [
  "SIGINT",
  "SIGQUIT",
  "SIGTERM",
  "SIGHUP",
];

/** Whether a signal is one of them. */
export function isEndSignal(signal: string): signal is EndSignal {
  return (END_SIGNALS as readonly string[]).includes(signal);
}

/** The status of a program whose reader has gone: that of SIGPIPE. */
export const BROKEN_PIPE_STATUS: number = SIGNAL_BASE + 13;

/** The status of a command that `signal` ended. */
export function statusOfSignal(signal: EndSignal): number {
  return SIGNAL_BASE + SIGNAL_NUMBERS[signal];
}
