import type { Access } from "../access/access.ts";
import { createAwsAccess } from "../access/aws_access.ts";
import type { ExecInvocation, StderrChoice } from "../args/invocation.ts";
import { usageError } from "../args/usage_error.ts";
import { type Aws, createAws } from "../aws/create_aws.ts";
import { describeCall } from "../aws/watch_calls.ts";
import { createParameterReader } from "../aws/read_parameter.ts";
import { readProfileRegion } from "../aws/read_profile_region.ts";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load_config.ts";
import type { Deps } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { ExecResult } from "../output/format_result.ts";
import {
  decideRoute,
  DOCKER_INSTEAD,
  hasDockerDaemon,
} from "../route/decide_route.ts";
import type { Route } from "../route/route.ts";
import { nameOfArn, type Target } from "../target/target.ts";
import { planStreams, type StreamPlan } from "../terminal/plan_streams.ts";
import { announceTarget } from "./announce_target.ts";
import { chooseCarrier, type ChosenCarrier } from "./choose_carrier.ts";
import {
  describeCommand,
  prepareCommand,
  type PreparedCommand,
} from "./prepare_command.ts";
import { namedProfile } from "./open_access.ts";
import { goesThroughSessionManager, hostContainerId } from "./reach_docker.ts";
import { diagnoseRefusal } from "./request_session.ts";

/** Takes down what is known by now, so that a failure too can tell it. */
export type Learn = (facts: Partial<ExecResult>) => void;

/** An exec that is decided in every point; nothing has been started yet. */
export interface PreparedExec {
  readonly invocation: ExecInvocation;
  readonly config: Config;
  readonly streams: StreamPlan;
  readonly carrier: ChosenCarrier;
  readonly target: Target;
  readonly route: Route;
  readonly command: PreparedCommand;
  readonly stderr: StderrChoice;
  readonly keepAlive: boolean;
  readonly aws: Aws;
  readonly access: Access;
  /** With the prefix of the target. */
  readonly log: Log;
}

/** Finds out where, how and through what to run; it only reads, and asks where it has to. */
export async function prepareExec(
  invocation: ExecInvocation,
  { deps, log, learn }: {
    readonly deps: Deps;
    readonly log: Log;
    readonly learn: Learn;
  },
): Promise<PreparedExec> {
  const { config, warnings } = await loadConfig(
    invocation,
    deps,
    { readProfileRegion, createParameterReader },
  );
  for (const warning of warnings) log.warn(warning);
  const words = describeCommand(invocation.command, config);
  const { cluster, service } = config;
  learn({
    command: words,
    cluster: nameOfArn(cluster.value),
    ...(service === undefined ? {} : { service: nameOfArn(service.value) }),
    ...(invocation.task?.kind === "id" ? { task: invocation.task.id } : {}),
  });
  const streams = await decideStreams(invocation, deps);
  const choose = () =>
    chooseCarrier(
      config,
      {
        interactive: streams.interactive,
        keepAlive: invocation.keepAlive === true,
      },
      deps,
    );
  // A plugin that is missing is told of before anybody is asked anything, unless Docker may need none.
  const asked = config.via.value === "ecs-exec" ? await choose() : undefined;
  if (asked !== undefined) learn({ carrier: asked.kind });
  const aws = createAws({
    region: config.region?.value,
    profile: namedProfile(config),
    env: deps.env,
    readTextFile: deps.readTextFile,
    onCall: (call) => log.debug(describeCall(call)),
  });
  learn({ region: aws.region });
  const access = createAwsAccess(aws);

  const { target, log: targetLog } = await announceTarget(
    { invocation, config, command: words },
    access,
    deps,
    log,
  );
  learn(describeTarget(target));
  const route = await decide(target, config, access);
  learn({ route });
  targetLog.debug(`Route: ${route.kind}, because ${route.because}`);
  refuseForRoute(invocation, route);
  if (route.kind === "docker") targetLog.warn(route.warning);
  const onHost = route.kind === "docker" && goesThroughSessionManager(config);
  const carrier: ChosenCarrier = route.kind === "docker" && !onHost
    ? { kind: "docker", because: "the route is Docker" }
    : asked ?? await choose();
  learn({ carrier: carrier.kind });
  targetLog.debug(`Session: ${carrier.kind}, because ${carrier.because}`);
  return {
    invocation,
    config,
    streams,
    carrier,
    target,
    route,
    command: prepareCommand(
      invocation,
      config,
      streams,
      carrier,
      target,
      onHost ? { containerId: hostContainerId(target) } : undefined,
    ),
    stderr: chooseStderr(invocation, streams, carrier),
    keepAlive: invocation.keepAlive ?? streams.interactive,
    aws,
    access,
    log: targetLog,
  };
}

/** The rules are pure; what an agent that does not run may have, AWS is asked. */
export async function decide(
  target: Target,
  config: Config,
  access: Access,
): Promise<Route> {
  const { task, container, cluster, service } = target;
  const { via, ecsExec, generation } = config;
  try {
    return decideRoute({
      via,
      ecsExec,
      generation,
      throughSessionManager: goesThroughSessionManager(config),
      taskId: task.id,
      ...(service === undefined ? {} : { place: `${cluster}/${service}` }),
      launchType: task.launchType,
      executeCommandEnabled: task.executeCommandEnabled,
      containerName: container.name,
      agent: container.agent,
    });
  } catch (error) {
    const explained = await diagnoseRefusal(error, access, target);
    throw hasDockerDaemon(task.launchType) ? nameDocker(explained) : explained;
  }
}

/** A diagnosis says what is wrong with the agent; what does without one is said after it. */
function nameDocker(error: unknown): unknown {
  if (
    !(error instanceof PortholeError) || error.code !== "agent_not_running" ||
    error.hint?.includes(DOCKER_INSTEAD)
  ) return error;
  return new PortholeError(error.code, error.message, {
    hint: [...(error.hint === undefined ? [] : [error.hint]), DOCKER_INSTEAD]
      .join("\n"),
    link: error.link,
    cause: error.cause,
  });
}

/** What only one of the routes can do is refused once the route is known. */
function refuseForRoute(
  { privileged }: ExecInvocation,
  { kind, because }: Route,
): void {
  if (!privileged || kind === "docker") return;
  throw usageError(
    `Cannot use "--privileged" through ECS Exec (${because}): only Docker has it`,
    DOCKER_INSTEAD,
  );
}

/** Docker keeps the streams apart by itself, ECS Exec merges them; a terminal has one. */
function chooseStderr(
  { stderr }: ExecInvocation,
  { interactive }: StreamPlan,
  { kind }: ChosenCarrier,
): StderrChoice {
  if (interactive) return "merge";
  return stderr ?? (kind === "docker" ? "split" : "merge");
}

async function decideStreams(
  invocation: ExecInvocation,
  deps: Deps,
): Promise<StreamPlan> {
  const streams = await planStreams(
    { ...invocation, shell: invocation.command.kind === "shell" },
    deps,
  );
  const json = invocation.output === "json";
  if (!streams.interactive) {
    return {
      ...streams,
      binary: invocation.binary ?? (streams.binary || json),
    };
  }
  // A plan of an interactive session is as good as any.
  if (json && !invocation.dryRun) {
    throw usageError(
      'Cannot use "--output json" with an interactive session: what it prints goes to the terminal',
      "Name a command, without -it; --result FILE tells of interactive sessions too",
    );
  }
  return streams;
}

function describeTarget(target: Target): Partial<ExecResult> {
  const { cluster, service, task, container } = target;
  return {
    cluster,
    service,
    task: task.id,
    container: container.name,
    ...(container.runtimeId === undefined
      ? {}
      : { runtimeId: container.runtimeId }),
  };
}
