import type { AwsAccess } from "../../access/access.ts";
import type { ExecSwitchInvocation } from "../../args/invocation.ts";
import type { Config } from "../../config/config.ts";
import type { Log } from "../../log.ts";
import type { ExecSwitchResult } from "../../output/format_exec_switch.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";

/** Records what is known by now, so that the result of a failure has it too. */
export type LearnSwitch = (
  facts: Partial<Omit<ExecSwitchResult, "enable">>,
) => void;

/** A service whose ECS Exec is to be turned on or off. */
export interface SwitchedService {
  readonly invocation: ExecSwitchInvocation;
  readonly config: Config;
  readonly access: AwsAccess;
  /** Name or ARN, as `service` is. */
  readonly cluster: string;
  readonly service: string;
  /** With the prefix of the service. */
  readonly log: Log;
  readonly cancellation: Cancellation;
  readonly learn: LearnSwitch;
}
