import type { SessionInvocation } from "../../args/invocation.ts";
import type { Config } from "../../config/config.ts";
import type { Deps } from "../../deps.ts";
import type { Log } from "../../log.ts";
import type { StreamPlan } from "../../terminal/plan_streams.ts";
import { type Carrier, chooseCarrier } from "../choose_carrier.ts";
import { checkFlags } from "../check_flags.ts";
import { explainUnsentStdin } from "../explain_unsent_stdin.ts";
import type { PreparedCommand } from "../prepare_command.ts";
import { decideStreams } from "../prepare_ground.ts";
import { checkRackFlags } from "./check_rack_flags.ts";
import { prepareRackCommand } from "./prepare_rack_command.ts";

/** What is decided of a session before a rack is asked anything. */
export interface PreparedRackSession {
  readonly streams: StreamPlan;
  readonly carrier: Carrier;
  readonly command: PreparedCommand;
}

/**
 * Decides what does not depend on the rack.
 *
 * @throws {PortholeError} usage; plugin_not_found and plugin_failed where the plugin was asked for.
 */
export async function prepareRackSession(
  invocation: SessionInvocation,
  config: Config,
  { deps, log }: { readonly deps: Deps; readonly log: Log },
): Promise<PreparedRackSession> {
  checkRackFlags(invocation);
  const planned = await decideStreams(invocation, deps);
  const { interactive } = planned;
  // Without a wish there is one client over a rack, terminal or not: it reports a status.
  const carrier: Carrier & { readonly warning?: string } =
    config.session.value === "plugin"
      ? await chooseCarrier(config, {
        interactive,
        keepAlive: invocation.keepAlive === true,
        variables: invocation.env.length > 0,
      }, deps)
      : { kind: "builtin" };
  checkFlags(invocation, planned, {
    carrier: carrier.kind,
    windows: false,
    onInstance: false,
  });
  const command = prepareRackCommand(invocation, config, {
    streams: planned,
    carrier,
  });
  if (carrier.warning !== undefined) log.warn(carrier.warning);
  const obstacle = interactive || !planned.stdin
    ? undefined
    : explainUnsentStdin(
      { carrier: { ...carrier, because: "" }, windows: false },
      invocation,
    );
  if (obstacle !== undefined) {
    log.warn(`Standard input is not sent: ${obstacle}`);
  }
  const streams = obstacle === undefined
    ? planned
    : { ...planned, stdin: false };
  return { streams, carrier, command };
}
