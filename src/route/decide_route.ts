import type { Agent } from "../access/access.ts";
import { type ErrorCode, type Failure, PortholeError } from "../errors.ts";
import {
  FARGATE_WITHOUT_EXEC,
  tellHowToRestart,
} from "../fargate_without_exec.ts";
import { describeSource } from "../output/describe_source.ts";
import type { Setting } from "../setting.ts";
import type { RefusedRoute, Route } from "./route.ts";
import type { RouteSettings } from "./read_route_settings.ts";

/** Everything that bears on the way to a container. */
export interface RouteFacts extends RouteSettings {
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

/** Launch types whose machines are AWS's own. */
const NO_DAEMON = ["FARGATE", "MANAGED_INSTANCES"];

/**
 * Chooses the way to a container, as src/routing_table.ts has it. An agent that is PENDING is no
 * obstacle: a session waits for it.
 */
export function decideRoute(facts: RouteFacts): Route | RefusedRoute {
  const { via, generation, ecsExec, executeCommandEnabled } = facts;
  if (via.value === "docker") {
    const because = tellSetting("exec.route", via);
    return takeDocker(facts, { because });
  }
  if (via.value === "ecs-exec") {
    if (!executeCommandEnabled) return refuseEcsExec(facts);
    return takeEcsExec(facts, tellSetting("exec.route", via));
  }
  if (generation !== undefined) {
    return takeDocker(facts, {
      because: tellSetting("exec.generation", generation),
      remedy: "leave it out to use ECS Exec",
      isRacks: true,
    });
  }
  if (ecsExec?.value === "No") {
    return takeDocker(facts, {
      because: tellSetting("exec.ecs_exec", ecsExec),
      remedy: "set it to Yes to use ECS Exec",
      isRacks: true,
    });
  }
  if (!executeCommandEnabled) {
    return takeDocker(facts, {
      isChosen: false,
      isRacks: ecsExec?.source.kind === "rack",
      because: "the task was started without ECS Exec",
      remedy: `${
        facts.place === undefined ? "start a new task" : "redeploy"
      } to get ECS Exec: ${tellHowToEnable(facts)}`,
    });
  }
  return takeEcsExec(
    facts,
    `the task ${
      facts.taskId === undefined ? "is" : "was"
    } started with ECS Exec`,
  );
}

/** Whether a task's Docker daemon can be reached at all. */
export function hasDockerDaemon(launchType: string | undefined): boolean {
  return launchType === undefined || !NO_DAEMON.includes(launchType);
}

/** What made Docker the way. */
interface DockerReason {
  readonly because: string;
  /** What to do to use ECS Exec instead, where that is more than to leave out what decided. */
  readonly remedy?: string;
  /** False where the task decided it, and no setting. */
  readonly isChosen?: boolean;
  /** Whether the setting is a rack's, or stands for one. */
  readonly isRacks?: boolean;
}

function takeDocker(
  facts: RouteFacts,
  reason: DockerReason,
): Route | RefusedRoute {
  if (!hasDockerDaemon(facts.launchType)) return refuseDocker(facts, reason);
  const { because, remedy } = reason;
  return {
    kind: "docker",
    because,
    warning: `Using Docker exec because ${because}: this session is ${
      facts.throughSessionManager
        ? "on the container instance, and CloudTrail records it as such"
        : "local, and CloudTrail will not record it"
    }${remedy === undefined ? "" : `; ${remedy}`}`,
  };
}

function takeEcsExec(
  { agent, containerName, taskId, launchType }: RouteFacts,
  because: string,
): Route | RefusedRoute {
  if (agent?.status !== "STOPPED") return { kind: "ecs_exec", because };
  const reason = agent.reason === undefined ? "" : ` (${agent.reason})`;
  return refuse(
    "agent_not_running",
    {
      cannot: `exec into container "${containerName}" of ${tellTask(taskId)}`,
      because: `its ECS Exec agent is STOPPED${reason}`,
    },
    [
      "only a new task gets a new agent",
      ...(hasDockerDaemon(launchType) ? [DOCKER_INSTEAD] : []),
    ],
  );
}

/** What remains where ECS Exec is unavailable and there is a daemon. */
export const DOCKER_INSTEAD = "--via docker goes through Docker instead";

function refuseEcsExec(facts: RouteFacts): RefusedRoute {
  const { launchType, taskId } = facts;
  if (launchType === "FARGATE") return refuseFargate(facts, []);
  return refuse(
    "exec_not_enabled",
    {
      cannot: `exec into ${tellTask(taskId)} through ECS Exec`,
      because: `it ${
        taskId === undefined ? "will be" : "was"
      } started without it`,
    },
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
  { because, remedy, isChosen = true, isRacks = false }: DockerReason,
): RefusedRoute {
  const { launchType, taskId, executeCommandEnabled } = facts;
  const decided = isChosen
    ? [
      `Docker was chosen because ${because}: ${
        remedy ?? "leave it out to use ECS Exec"
      }`,
    ]
    : [];
  if (launchType === "FARGATE" && !executeCommandEnabled) {
    return refuseFargate(facts, decided, isRacks);
  }
  return refuse(
    executeCommandEnabled ? "docker_unreachable" : "exec_not_enabled",
    {
      cannot: `exec into ${tellTask(taskId)} through Docker`,
      because: `no Docker daemon is reachable on ${launchType}`,
    },
    [
      ...decided,
      ...(executeCommandEnabled || taskId === undefined
        ? []
        : [`${tellHowToEnable(facts)} starts tasks with ECS Exec`]),
    ],
  );
}

/** A task gets ECS Exec when it is started: a service starts new tasks, and a task without a service is started again by hand. */
function tellHowToEnable({ place, ecsExec }: RouteFacts): string {
  const command = place === undefined
    ? "aws ecs run-task --enable-execute-command"
    : `porthole enable-exec ${place}`;
  // A rack does not do it for its users.
  return ecsExec?.source.kind === "rack"
    ? `${command}, with AWS credentials`
    : command;
}

/** In the documented words, which name the rack where its parameter has decided. */
function refuseFargate(
  { place, taskId }: RouteFacts,
  decided: readonly string[],
  byRack = false,
): RefusedRoute {
  const remedy = byRack
    ? "set ECSExec=Yes on the rack and redeploy"
    : taskId === undefined
    ? "start it with ECS Exec"
    : tellHowToRestart(place);
  const error = new PortholeError(
    "exec_not_enabled",
    `${FARGATE_WITHOUT_EXEC}; ${remedy}`,
    {
      hint: [
        ...decided,
        ...(taskId === undefined
          ? ["run -d starts the task without a session"]
          : byRack
          ? [`outside a rack: ${tellHowToRestart(place)}`]
          : []),
      ],
      link: LINK,
    },
  );
  const because = "Fargate task without ECS Exec enabled";
  return { kind: "none", because, error };
}

function tellTask(taskId: string | undefined): string {
  return taskId === undefined ? "the new task" : `task ${taskId}`;
}

function refuse(
  code: ErrorCode,
  failure: Failure,
  hints: readonly string[],
): RefusedRoute {
  const error = new PortholeError(code, failure, {
    hint: hints,
    ...(code === "agent_not_running" ? {} : { link: LINK }),
  });
  return { kind: "none", because: failure.because, error };
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
