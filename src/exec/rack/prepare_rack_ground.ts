import type { RackClient } from "../../access/rack/create_rack_client.ts";
import type { createRackDirectory } from "../../access/rack/create_rack_directory.ts";
import type { RackSessionRequest } from "../../access/rack/create_rack_sessions.ts";
import type { Rack } from "../../access/rack/rack.ts";
import type { SessionInvocation } from "../../args/invocation.ts";
import type { EcsExecChoice } from "../../choices.ts";
import type { Config } from "../../config/config.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import type { Log } from "../../log.ts";
import { describeSource } from "../../output/describe_source.ts";
import type { RecordFacts } from "../../report/report_session.ts";
import type { Setting } from "../../setting.ts";
import { createChooser } from "../../start/create_chooser.ts";
import { findRack } from "../../start/find_rack.ts";
import { openRack, openRackDirectory } from "../../start/open_rack.ts";
import type { Stdio } from "../../terminal/run_session.ts";
import { checkConvoxFlags } from "./check_rack_flags.ts";
import { findApp } from "./find_process.ts";
import { checkHeaderLength } from "./prepare_rack_command.ts";
import {
  type PreparedRackSession,
  prepareRackSession,
} from "./prepare_rack_session.ts";

/** A configuration that names a rack. */
export type RackConfig = Config & { readonly rack: Setting<string> };

/** What a verb runs a session over a rack with. */
export interface RackTools {
  readonly cancellation: Cancellation;
  readonly stdio: Stdio;
  readonly log: Log;
  readonly record: RecordFacts;
}

/** What is known and decided before a rack is asked anything. */
export interface RackGround extends PreparedRackSession {
  readonly rack: Rack;
  readonly rackClient: RackClient;
}

/** A session over a rack that has been decided. */
export interface DecidedRackSession extends RackGround {
  readonly config: RackConfig;
  readonly target: Omit<RackSessionRequest, "command" | "size">;
}

/** An app of a rack. */
export interface RackApp {
  readonly directory: ReturnType<typeof createRackDirectory>;
  readonly app: string;
  /** Absent where the rack does not say. */
  readonly region: string | undefined;
  /** It is a rack of porthole's own. */
  readonly isPorthole: boolean;
  /** Its parameter ECSExec. */
  readonly ecsExec: EcsExecChoice;
}

/**
 * Decides what does not depend on the rack, and finds out which rack it is.
 *
 * @throws {PortholeError} what prepareRackSession and findRack throw.
 */
export async function prepareRackGround(
  invocation: SessionInvocation,
  config: RackConfig,
  { cancellation: { deps }, stdio, log, record }: RackTools,
): Promise<RackGround> {
  const prepared = await prepareRackSession(invocation, config, {
    deps,
    log,
    stdio,
  });
  const rack = await findRack(config.rack, deps);
  record({ rack: { name: rack.name } });
  if (config.rack.source.kind === "file") {
    log.info(`Rack: ${rack.name} (${describeSource(config.rack.source)})`);
  }
  return { ...prepared, rack, rackClient: openRack(rack, deps) };
}

/**
 * Asks the rack where it is, and finds the app that is meant.
 *
 * @throws {PortholeError} what askSystem and findApp throw.
 */
export async function findRackApp(
  { rackClient, command }: RackGround,
  invocation: SessionInvocation,
  config: RackConfig,
  { cancellation: { deps }, log, record }: RackTools,
): Promise<RackApp> {
  const { directory, region, isPorthole, ecsExec } = await openRackDirectory(
    rackClient,
  );
  if (!isPorthole) {
    checkConvoxFlags(invocation);
    checkHeaderLength(command);
  }
  if (region !== undefined) record({ region });
  const chooser = createChooser(invocation, config, deps, log);
  const app = await findApp(directory, config, chooser);
  return { directory, region, isPorthole, ecsExec, app };
}
