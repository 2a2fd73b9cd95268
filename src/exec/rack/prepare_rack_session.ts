import type { SessionInvocation } from "../../args/invocation.ts";
import type { Config } from "../../config/config.ts";
import type { Deps } from "../../deps.ts";
import type { Log } from "../../log.ts";
import type { SessionStreams } from "../../terminal/choose_streams.ts";
import type { Stdio } from "../../terminal/run_session.ts";
import { chooseClient, type Client } from "../choose_client.ts";
import { checkFlags } from "../check_flags.ts";
import { explainUnsentStdin } from "../explain_unsent_stdin.ts";
import { refuseLossy } from "../refuse_lossy.ts";
import type { PreparedCommand } from "../prepare_command.ts";
import { decideStreams } from "../prepare_ground.ts";
import { checkRackFlags } from "./check_rack_flags.ts";
import { prepareRackCommand } from "./prepare_rack_command.ts";

/** What is decided of a session before a rack is asked anything. */
export interface PreparedRackSession {
  readonly streams: SessionStreams;
  /** What joins a session that the rack hands off. */
  readonly client: Client;
  readonly command: PreparedCommand;
  readonly keepAlive: boolean;
}

/**
 * Decides what does not depend on the rack.
 *
 * @throws {PortholeError} usage; plugin_not_found and plugin_failed where the plugin was asked for.
 */
export async function prepareRackSession(
  invocation: SessionInvocation,
  config: Config,
  { deps, log, stdio = deps }: {
    readonly deps: Deps;
    readonly log: Log;
    /** What the session is joined to. */
    readonly stdio?: Stdio;
  },
): Promise<PreparedRackSession> {
  checkRackFlags(invocation);
  const planned = await decideStreams(invocation, stdio);
  const { interactive } = planned;
  // Without a wish there is one client over a rack, terminal or not: it reports a status.
  const client: Client & { readonly warning?: string } =
    config.session.value === "plugin"
      ? await chooseClient(config, {
        interactive,
        keepAlive: invocation.keepAlive === true,
        variables: invocation.env.length > 0,
        record: invocation.record !== undefined,
      }, deps)
      : { kind: "builtin" };
  checkFlags(invocation, planned, {
    client: client.kind,
    windows: false,
    onInstance: false,
  });
  const command = prepareRackCommand(invocation, config, {
    streams: planned,
    client,
  });
  if (client.warning !== undefined) log.warn(client.warning);
  const obstacle = interactive || !planned.stdin
    ? undefined
    : explainUnsentStdin(
      { client: { ...client, because: "" }, windows: false },
      invocation,
    );
  if (invocation.lossless) {
    refuseLossy({ client: { ...client, because: "" }, windows: false }, {
      invocation,
      streams: planned,
    });
  }
  if (obstacle !== undefined) {
    log.warn(`Standard input is not sent: ${obstacle}`);
  }
  const streams = obstacle === undefined
    ? planned
    : { ...planned, stdin: false };
  const keepAlive = invocation.keepAlive ?? interactive;
  return { streams, client, command, keepAlive };
}
