import type { Access } from "../access/access.ts";
import type {
  ExecInvocation,
  SessionInvocation,
  StderrChoice,
} from "../args/invocation.ts";
import { usageError } from "../args/usage_error.ts";
import type { Aws } from "../aws/create_aws.ts";
import type { Config } from "../config/config.ts";
import type { Deps } from "../deps.ts";
import { checkSessionProxy } from "../find_proxy.ts";
import type { Log } from "../log.ts";
import { nameOfArn } from "../name_of_arn.ts";
import type { ExecResult } from "../output/format_result.ts";
import type { Learn } from "../report/report_session.ts";
import {
  decideRoute,
  DOCKER_INSTEAD,
  hasDockerDaemon,
} from "../route/decide_route.ts";
import { readRouteSettings } from "../route/read_route_settings.ts";
import type { Route } from "../route/route.ts";
import type { Target } from "../target/target.ts";
import { planStreams, type StreamPlan } from "../terminal/plan_streams.ts";
import { announceTarget } from "./announce_target.ts";
import { chooseCarrier, type ChosenCarrier } from "./choose_carrier.ts";
import {
  describeCommand,
  prepareCommand,
  type PreparedCommand,
} from "./prepare_command.ts";
import { openAws, readConfig } from "../start/open_access.ts";
import { hostContainerId } from "./reach_docker.ts";
import { diagnoseRefusal } from "./request_session.ts";

/** What is known and decided before there is a container. */
export interface SessionGround {
  readonly invocation: SessionInvocation;
  readonly config: Config;
  readonly streams: StreamPlan;
  readonly aws: Aws;
  readonly access: Access;
  /** Who carries a session through ECS Exec; a plugin that is missing has been told of by now. */
  readonly chooseCarrier: () => ReturnType<typeof chooseCarrier>;
}

/** A session that is decided in every point; nothing of it has been started yet. */
export interface PreparedExec {
  readonly invocation: SessionInvocation;
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

interface PrepareTools {
  readonly deps: Deps;
  readonly log: Log;
  readonly learn: Learn;
}

/** Finds out where, how and through what to run; it only reads, and asks where it has to. */
export async function prepareExec(
  invocation: ExecInvocation,
  tools: PrepareTools,
): Promise<PreparedExec> {
  const { deps, log, learn } = tools;
  const config = await learnConfig(invocation, tools);
  if (invocation.task?.kind === "id") learn({ task: invocation.task.id });
  const ground = await prepareGround(invocation, config, tools);
  const found = await announceTarget(
    {
      invocation,
      config,
      command: describeCommand(invocation.command, config),
    },
    ground.access,
    deps,
    log,
  );
  return await prepareSession(ground, found.target, {
    log: found.log,
    learn,
  });
}

/** Reads the configuration, and takes down what it tells. */
export async function learnConfig(
  invocation: SessionInvocation,
  { deps, log, learn }: PrepareTools,
): Promise<Config> {
  const config = await readConfig(invocation, deps, log);
  const { cluster, service } = config;
  learn({
    command: describeCommand(invocation.command, config),
    cluster: nameOfArn(cluster.value),
    ...(service === undefined ? {} : { service: nameOfArn(service.value) }),
  });
  return config;
}

/** Decides what does not depend on the container. */
export async function prepareGround(
  invocation: SessionInvocation,
  config: Config,
  { deps, log, learn }: PrepareTools,
): Promise<SessionGround> {
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
  // A plugin that is missing is told of before anybody is asked anything; one that merely is the
  // custom here only once the route is known, for Docker needs none.
  const { via, session } = config;
  const isTyped = session.source.kind === "flag" && via.value !== "docker";
  const asked = isTyped || via.value === "ecs-exec"
    ? await choose()
    : undefined;
  if (asked !== undefined) learn({ carrier: asked.kind });
  const { aws, access } = openAws(config, invocation.shared, deps, log);
  learn({ region: aws.region });
  checkSessionProxy(aws.region, deps.env);
  return {
    invocation,
    config,
    streams,
    aws,
    access,
    chooseCarrier: asked === undefined ? choose : () => Promise.resolve(asked),
  };
}

/** Decides how to run the command in a container that is there. */
export async function prepareSession(
  ground: SessionGround,
  target: Target,
  { log, learn }: Pick<PrepareTools, "log" | "learn">,
): Promise<PreparedExec> {
  const { invocation, config, streams, access } = ground;
  learn(describeTarget(target));
  const route = await decide(target, config, access);
  learn({ route });
  log.debug(`Route: ${route.kind}, because ${route.because}`);
  refuseForRoute(invocation, route);
  if (route.kind === "docker") log.warn(route.warning);
  const { carrier, onHost } = await findCarrier(ground, route);
  learn({ carrier: carrier.kind });
  log.debug(`Session: ${carrier.kind}, because ${carrier.because}`);
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
    aws: ground.aws,
    access,
    log,
  };
}

/**
 * Refuses what cannot be done on the way that a container will have, before there is one.
 *
 * @throws PortholeError usage
 */
export async function checkSession(
  ground: SessionGround,
  route: Route,
): Promise<ChosenCarrier> {
  const { invocation, config, streams } = ground;
  refuseForRoute(invocation, route);
  const { carrier, onHost } = await findCarrier(ground, route);
  // No command of it is sent anywhere.
  const host = onHost ? { containerId: "" } : undefined;
  prepareCommand(invocation, config, streams, carrier, { task: {} }, host);
  return carrier;
}

/** Who carries the session, and whether it is one on the container's host. */
async function findCarrier(
  { config, chooseCarrier }: SessionGround,
  { kind }: Route,
): Promise<{ readonly carrier: ChosenCarrier; readonly onHost: boolean }> {
  const onHost = kind === "docker" &&
    readRouteSettings(config).throughSessionManager;
  return {
    carrier: kind === "docker" && !onHost
      ? { kind, because: "the route is Docker" }
      : await chooseCarrier(),
    onHost,
  };
}

/** The rules are pure; what an agent that does not run may have, AWS is asked. */
export async function decide(
  target: Target,
  config: Config,
  access: Access,
): Promise<Route> {
  const { task, container, cluster, service } = target;
  const route = decideRoute({
    ...readRouteSettings(config),
    taskId: task.id,
    ...(service === undefined ? {} : { place: `${cluster}/${service}` }),
    launchType: task.launchType,
    executeCommandEnabled: task.executeCommandEnabled,
    containerName: container.name,
    agent: container.agent,
  });
  if (route.kind !== "none") return route;
  if (route.error.code !== "agent_not_running") throw route.error;
  const diagnosed = await diagnoseRefusal(route.error, access, target);
  // The causes stand in the place of the refusal's own hints.
  throw diagnosed.hint === route.error.hint || !hasDockerDaemon(task.launchType)
    ? diagnosed
    : diagnosed.withHint(DOCKER_INSTEAD);
}

/** What only one of the routes can do is refused once the route is known. */
function refuseForRoute(
  { privileged }: SessionInvocation,
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
  { stderr }: SessionInvocation,
  { interactive }: StreamPlan,
  { kind }: ChosenCarrier,
): StderrChoice {
  if (interactive) return "merge";
  return stderr ?? (kind === "docker" ? "split" : "merge");
}

async function decideStreams(
  invocation: SessionInvocation,
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
