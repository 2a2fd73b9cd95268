import type { EndSignal } from "./end_signal.ts";
import { PortholeError } from "./errors.ts";

/** "cancelled", by a signal to porthole: it exits as that signal's victim would. */
export class CancelledBySignal extends PortholeError {
  constructor(readonly signal: EndSignal, message = "Cancelled") {
    super("cancelled", message);
  }
}
