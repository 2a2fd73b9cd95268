import type { Agent } from "../access/access.ts";
import { type ErrorCode, PortholeError } from "../errors.ts";
import { describeSource } from "../output/describe_source.ts";
import type { EcsExecChoice, RouteChoice } from "../routing_table.ts";
import type { Setting } from "../setting.ts";
import type { Route } from "./route.ts";

/** Everything that bears on the way to a container. */
export interface RouteFacts {
  readonly via: Setting<RouteChoice>;
  readonly ecsExec: Setting<EcsExecChoice> | undefined;
  readonly generation: Setting<1> | undefined;
  /** `exec.docker.host` is `ssm`. */
  readonly throughSessionManager: boolean;
  /** Absent of a task that is still to be started. */
  readonly taskId: string | undefined;
  /** `cluster/service`, where a service has started the task. */
  readonly place?: string;
  readonly launchType: string | undefined;
  readonly executeCommandEnabled: boolean;
  readonly containerName: string;
  readonly agent: Agent | undefined;
}

const LINK =
  "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html";
const STARTED_WITHOUT = "the task was started without ECS Exec";

/** Launch types whose machines are AWS's own. */
const NO_DAEMON = ["FARGATE", "MANAGED_INSTANCES"];

/**
 * Chooses the way to a container, as src/routing_table.ts has it. An agent that is PENDING is no obstacle: it is
 * waited for.
 *
 * @throws PortholeError when there is no way.
 */
export function decideRoute(facts: RouteFacts): Route {
  const { via, generation, ecsExec, executeCommandEnabled } = facts;
  if (via.value === "docker") {
    const because = tellSetting("exec.route", via);
    return takeDocker(facts, { because });
  }
  if (via.value === "ecs-exec") {
    if (!executeCommandEnabled) throw refuseEcsExec(facts);
    return takeEcsExec(facts, tellSetting("exec.route", via));
  }
  if (generation !== undefined) {
    return takeDocker(facts, {
      because: tellSetting("exec.generation", generation),
      remedy: "leave it out to use ECS Exec",
    });
  }
  if (ecsExec?.value === "No") {
    return takeDocker(facts, {
      because: tellSetting("exec.ecs_exec", ecsExec),
      remedy: "set it to Yes to use ECS Exec",
    });
  }
  if (!executeCommandEnabled) {
    return takeDocker(facts, {
      because: STARTED_WITHOUT,
      remedy: `${
        facts.place === undefined ? "start it anew" : "redeploy"
      } to move it onto ECS Exec: ${tellHowToEnable(facts)}`,
    });
  }
  return takeEcsExec(
    facts,
    `the task ${
      facts.taskId === undefined ? "is" : "was"
    } started with ECS Exec`,
  );
}

/** Whether a task's Docker daemon is on a machine that somebody can reach. */
export function hasDockerDaemon(launchType: string | undefined): boolean {
  return launchType === undefined || !NO_DAEMON.includes(launchType);
}

function takeDocker(
  facts: RouteFacts,
  { because, remedy }: { readonly because: string; readonly remedy?: string },
): Route {
  if (!hasDockerDaemon(facts.launchType)) {
    throw refuseDocker(facts, because, remedy);
  }
  return {
    kind: "docker",
    because,
    warning: `Using Docker exec because ${because}: the session is ${
      facts.throughSessionManager
        ? "one on the container instance, and recorded in CloudTrail as such"
        : "local and not recorded in CloudTrail"
    }${remedy === undefined ? "" : `; ${remedy}`}`,
  };
}

function takeEcsExec(
  { agent, containerName, taskId, launchType }: RouteFacts,
  because: string,
): Route {
  if (agent?.status !== "STOPPED") return { kind: "ecs_exec", because };
  const reason = agent.reason === undefined ? "" : ` (${agent.reason})`;
  throw refuse(
    "agent_not_running",
    `Cannot exec into container "${containerName}" of ${
      tellTask(taskId)
    }: its ECS Exec agent is STOPPED${reason}`,
    [
      "only a new task gets a new agent",
      ...(hasDockerDaemon(launchType) ? [DOCKER_INSTEAD] : []),
    ],
  );
}

/** What is left where ECS Exec is not to be had, and there is a daemon. */
export const DOCKER_INSTEAD = "--via docker goes through Docker instead";

function refuseEcsExec(facts: RouteFacts): PortholeError {
  const { launchType, taskId } = facts;
  if (launchType === "FARGATE") return refuseFargate(facts, []);
  return refuse(
    "exec_not_enabled",
    `Cannot exec into ${tellTask(taskId)} through ECS Exec: it ${
      taskId === undefined ? "is to be" : "was"
    } started without it`,
    [
      ...(taskId === undefined
        ? []
        : [`${tellHowToEnable(facts)} starts tasks that have it`]),
      ...(hasDockerDaemon(launchType) ? [DOCKER_INSTEAD] : []),
    ],
  );
}

function refuseDocker(
  facts: RouteFacts,
  because: string,
  remedy: string | undefined,
): PortholeError {
  const { launchType, taskId, executeCommandEnabled } = facts;
  const decided = because === STARTED_WITHOUT ? [] : [
    `Docker was chosen because ${because}: ${
      remedy ?? "leave it out to use ECS Exec"
    }`,
  ];
  if (launchType === "FARGATE" && !executeCommandEnabled) {
    return refuseFargate(facts, decided);
  }
  return refuse(
    executeCommandEnabled ? "docker_unreachable" : "exec_not_enabled",
    `Cannot exec into ${
      tellTask(taskId)
    } through Docker: no Docker daemon is reachable on ${launchType}`,
    [
      ...decided,
      ...(executeCommandEnabled || taskId === undefined
        ? []
        : [`${tellHowToEnable(facts)} starts tasks with ECS Exec`]),
    ],
  );
}

/** A task gets ECS Exec when it is started: a service starts others, and a task of none is started anew. */
function tellHowToEnable({ place }: RouteFacts): string {
  return place === undefined
    ? "aws ecs run-task --enable-execute-command"
    : `porthole enable-exec ${place}`;
}

/** In the documented words. */
function refuseFargate(
  facts: RouteFacts,
  decided: readonly string[],
): PortholeError {
  return refuse(
    "exec_not_enabled",
    "cannot exec into Fargate task without ECS Exec enabled; set ECSExec=Yes on the rack and redeploy",
    [
      ...decided,
      facts.taskId === undefined
        ? "run -d starts the task without a session"
        : `outside a rack: ${tellHowToEnable(facts)}`,
    ],
  );
}

function tellTask(taskId: string | undefined): string {
  return taskId === undefined ? "the new task" : `task ${taskId}`;
}

function refuse(
  code: ErrorCode,
  message: string,
  hints: readonly string[],
): PortholeError {
  return new PortholeError(code, message, {
    hint: hints.join("\n"),
    ...(code === "agent_not_running" ? {} : { link: LINK }),
  });
}

/** A setting with its value: by the flag or variable, or by the file's key and place. */
function tellSetting(
  key: string,
  { value, source }: Setting<string | number>,
): string {
  const where = describeSource(source);
  const name = source.kind === "file" ? `${key} (${where})` : where;
  return `${name} is ${value}`;
}
