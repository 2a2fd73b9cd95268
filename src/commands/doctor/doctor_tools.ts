import type { AwsAccess } from "../../access/access.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import type { Log } from "../../log.ts";

/** What looking takes. */
export interface DoctorTools {
  readonly access: AwsAccess;
  readonly cancellation: Cancellation;
  readonly log: Log;
  /** Hears of the session that is tried: it must be ended before porthole ends. */
  readonly onTrial: (trial: Promise<unknown>) => void;
}
