import type { AwsAccess } from "../access/access.ts";
import type { SessionInvocation } from "../args/invocation.ts";
import { usageError } from "../args/usage_error.ts";
import type { Config } from "../config/config.ts";
import type { Deps } from "../deps.ts";
import { checkSessionProxy } from "../find_proxy.ts";
import type { Log } from "../log.ts";
import { nameOfArn } from "../name_of_arn.ts";
import type { ExecResult } from "../output/format_result.ts";
import { openAws } from "../start/open_access.ts";
import type { Stdio } from "../terminal/run_session.ts";
import {
  chooseStreams,
  type SessionStreams,
} from "../terminal/choose_streams.ts";
import { chooseClient, type SessionManagerClient } from "./choose_client.ts";
import { describeCommand } from "./prepare_command.ts";

/** What is known and decided before there is a container. */
export interface Ground {
  readonly invocation: SessionInvocation;
  readonly config: Config;
  readonly streams: SessionStreams;
  readonly access: AwsAccess;
  /** Looks for the plugin; where the user chose it, that has been done by now. */
  readonly chooseClient: () => Promise<SessionManagerClient>;
}

/**
 * Decides what does not depend on the container; AWS is asked nothing yet.
 *
 * @throws {PortholeError} for what can be known to fail, before anybody is asked anything.
 */
export async function prepareGround(
  invocation: SessionInvocation,
  config: Config,
  { deps, log, stdio = deps }: {
    readonly deps: Deps;
    readonly log: Log;
    /** What the session is joined to. */
    readonly stdio?: Stdio;
  },
): Promise<Ground> {
  const streams = await decideStreams(invocation, stdio);
  let choosing: ReturnType<typeof chooseClient> | undefined;
  // The plugin is looked for and tried once.
  const choose = () =>
    choosing ??= chooseClient(
      config,
      {
        interactive: streams.interactive,
        keepAlive: invocation.keepAlive === true,
        variables: invocation.env.length > 0,
        record: invocation.record !== undefined,
      },
      deps,
    );
  // A plugin that merely is the custom here is looked for once the route is known: Docker needs none.
  const { via, session } = config;
  const isTyped = session.source.kind === "flag" && via.value !== "docker";
  if (isTyped || via.value === "ecs-exec") await choose();
  const access = openAws(config, invocation.shared, deps, log);
  checkSessionProxy(access.region, deps.env);
  return {
    invocation,
    config,
    streams,
    access,
    chooseClient: choose,
  };
}

/** What the configuration says about a session. */
export function describeRequest(
  { command }: SessionInvocation,
  config: Config,
): Partial<ExecResult> {
  const { cluster, service, profile } = config;
  return {
    profile: profile?.value,
    command: describeCommand(command, config),
    cluster: nameOfArn(cluster.value),
    service: service && nameOfArn(service.value),
  };
}

/** Decides how our streams are joined to the session's. */
export async function decideStreams(
  invocation: SessionInvocation,
  stdio: Stdio,
): Promise<SessionStreams> {
  const streams = await chooseStreams(
    { ...invocation, shell: invocation.command.kind === "shell" },
    stdio,
  );
  const json = invocation.output === "json";
  if (!streams.interactive) {
    if (invocation.record !== undefined) {
      throw usageError(
        'Cannot use "--record": only interactive sessions are recorded',
        "The output of a command goes into a file with > FILE",
      );
    }
    return {
      ...streams,
      binary: invocation.binary ?? (streams.binary || json),
    };
  }
  // A dry run prints no output of the command.
  if (json && !invocation.dryRun) {
    throw usageError(
      'Cannot use "--output json" with an interactive session: its output goes to the terminal',
      "Name a command, without -it; --result FILE also works with interactive sessions",
    );
  }
  return streams;
}
