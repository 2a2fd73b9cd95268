import { accountOfArn } from "../account_of_arn.ts";
import type { StderrChoice } from "../choices.ts";
import { usageError } from "../args/usage_error.ts";
import type { Log } from "../log.ts";
import { nameClient, nameRoute } from "../output/name_way.ts";
import type { RecordFacts } from "../report/report_session.ts";
import {
  decideRoute,
  DOCKER_INSTEAD,
  hasDockerDaemon,
} from "../route/decide_route.ts";
import { readRouteSettings } from "../route/read_route_settings.ts";
import type { Route } from "../route/route.ts";
import type { Target } from "../target/target.ts";
import { checkFlags } from "./check_flags.ts";
import type { ChosenClient } from "./choose_client.ts";
import type { Ground } from "./prepare_ground.ts";
import { diagnoseRefusal } from "./request_session.ts";

/** How a session comes to its container. */
export interface Way {
  readonly route: Route;
  readonly client: ChosenClient;
  /** Docker is reached from a shell of the container's own instance. */
  readonly onInstance: boolean;
  /** The container has no POSIX shell. */
  readonly windows: boolean;
  readonly stderr: StderrChoice;
  readonly keepAlive: boolean;
}

/** A session that is decided in every point; nothing of it has been started yet. */
export interface DecidedSession extends Ground {
  readonly target: Target;
  readonly way: Way;
  /** With the prefix of the target. */
  readonly log: Log;
}

/**
 * Decides how to run the command in a container that is there.
 *
 * @throws {PortholeError} what `routeTo` and `chooseWay` throw.
 */
export async function decideSession(
  ground: Ground,
  { target, log }: Pick<DecidedSession, "target" | "log">,
  record: RecordFacts,
): Promise<DecidedSession> {
  const route = await routeTo(target, ground);
  record({ route });
  log.debug(
    `Account: ${accountOfArn(target.task.arn) ?? "unknown"}, profile: ${
      ground.config.profile?.value ?? "none named"
    }, region: ${ground.access.region}`,
  );
  log.debug(`Route: ${nameRoute(route)}, because ${route.because}`);
  const way = await chooseWay(ground, route, isWindows(target));
  const { client, stderr } = way;
  record({ carrier: client.kind, stderr });
  if (route.kind === "docker") log.warn(route.warning);
  log.debug(`Session: ${nameClient(client.kind)}, because ${client.because}`);
  return { ...ground, target, way, log };
}

function isWindows({ task }: Target): boolean {
  return task.platformFamily?.toUpperCase().startsWith("WINDOWS") ?? false;
}

/** The route to a container by what is known of it, or why there is none. */
export function decideRouteTo(
  { task, container, cluster, service }: Target,
  config: Ground["config"],
): ReturnType<typeof decideRoute> {
  return decideRoute({
    ...readRouteSettings(config),
    taskId: task.id,
    ...(service === undefined ? {} : { place: `${cluster}/${service}` }),
    launchType: task.launchType,
    executeCommandEnabled: task.executeCommandEnabled,
    containerName: container.name,
    agent: container.agent,
  });
}

/**
 * Decides the route to a container.
 *
 * @throws {PortholeError} where there is none; AWS is asked what an agent that does not run may have.
 */
export async function routeTo(
  target: Target,
  { config, access }: Pick<Ground, "config" | "access">,
): Promise<Route> {
  const { task } = target;
  const route = decideRouteTo(target, config);
  if (route.kind !== "none") return route;
  if (route.error.code !== "agent_not_running") throw route.error;
  const diagnosed = await diagnoseRefusal(route.error, access, target);
  // The causes stand in the place of the refusal's own hints.
  throw diagnosed.hint === route.error.hint || !hasDockerDaemon(task.launchType)
    ? diagnosed
    : diagnosed.withHint(DOCKER_INSTEAD);
}

/**
 * Decides what carries the session on a route that is known, also before there is a container.
 *
 * @throws {PortholeError} usage for flags that cannot be carried that way, plugin_not_found.
 */
export async function chooseWay(
  ground: Ground,
  route: Route,
  windows: boolean,
): Promise<Way> {
  const { invocation, config, streams } = ground;
  if (invocation.privileged && route.kind !== "docker") {
    throw usageError(
      `Cannot use "--privileged" through ECS Exec (${route.because}): only Docker supports it`,
      DOCKER_INSTEAD,
    );
  }
  const onInstance = route.kind === "docker" &&
    readRouteSettings(config).throughSessionManager;
  const client: ChosenClient = route.kind === "docker" && !onInstance
    ? { kind: "docker", because: "the route is Docker" }
    : await ground.chooseClient();
  checkFlags(invocation, streams, {
    client: client.kind,
    windows,
    onInstance,
  });
  return {
    route,
    client,
    onInstance,
    windows,
    // Docker keeps the streams apart by itself, ECS Exec merges them; a terminal has one.
    stderr: streams.interactive
      ? "merge"
      : invocation.stderr ?? (client.kind === "docker" ? "split" : "merge"),
    keepAlive: invocation.keepAlive ?? streams.interactive,
  };
}
