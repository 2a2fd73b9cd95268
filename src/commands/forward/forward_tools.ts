import type { AwsAccess } from "../../access/access.ts";
import type { ForwardInvocation } from "../../args/invocation.ts";
import type { Config } from "../../config/config.ts";
import type { Deps } from "../../deps.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import type { Log } from "../../log.ts";

/** What every part of `forward` works with. */
export interface ForwardTools {
  readonly invocation: ForwardInvocation;
  readonly config: Config;
  readonly access: AwsAccess;
  readonly deps: Deps;
  readonly cancellation: Cancellation;
  /** With the prefix of the target, once it is known. */
  readonly log: Log;
}
