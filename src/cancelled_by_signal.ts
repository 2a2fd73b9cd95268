import type { EndSignal } from "./end_signal.ts";
import { PortholeError } from "./errors.ts";

/** "cancelled", by a signal to porthole: it exits as that signal's victim would. */
export class CancelledBySignal extends PortholeError {
  /** Whether the signal ended a session, and not what comes before one. */
  readonly inSession: boolean;

  constructor(
    readonly signal: EndSignal,
    { inSession = false, message }: {
      readonly inSession?: boolean;
      readonly message?: string;
    } = {},
  ) {
    super(
      "cancelled",
      message ?? (inSession ? `Cancelled by ${signal}` : "Cancelled"),
    );
    this.inSession = inSession;
  }
}
