import { PortholeError } from "../errors.ts";
import {
  FARGATE_WITHOUT_EXEC,
  tellHowToRestart,
} from "../fargate_without_exec.ts";

/** What DescribeTasks said about the target of an ExecuteCommand that was refused. */
export interface ExecFacts {
  readonly taskId: string;
  /** `cluster/service`, where a service has started the task. */
  readonly place?: string;
  readonly container: string;
  readonly executeCommandEnabled: boolean;
  readonly launchType: string | undefined;
  readonly agent:
    | { readonly status: string; readonly reason?: string }
    | undefined;
}

const TROUBLESHOOTING =
  "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec-troubleshooting.html";

/**
 * Explains ExecuteCommand's own refusals; undefined for any other error.
 *
 * AWS has one text for "execute command was not enabled when the task was run or the execute
 * command agent isn't running" (InvalidParameterException); DescribeTasks shows which it is.
 */
export function explainExecRefusal(
  name: string,
  text: string,
  facts: ExecFacts,
  cause: unknown,
): PortholeError | undefined {
  const { taskId, container, agent } = facts;
  if (
    name === "InvalidParameterException" &&
    /execute command was not enabled/i.test(text)
  ) {
    if (!facts.executeCommandEnabled) return refuseWithoutExec(facts, cause);
    return new PortholeError(
      "agent_not_running",
      `Cannot exec into container "${container}" of task ${taskId}: ${
        describeAgent(agent)
      }`,
      {
        hint: "only a new task gets a new agent",
        link: TROUBLESHOOTING,
        cause,
      },
    );
  }
  if (name === "TargetNotConnectedException") {
    return new PortholeError(
      "target_not_connected",
      `Cannot exec into container "${container}" of task ${taskId}: its agent is not connected to Session Manager (${
        describeAgent(agent)
      })`,
      {
        hint:
          "usual causes: the task role lacks the four ssmmessages actions, or the subnet has no route to ssmmessages",
        link: TROUBLESHOOTING,
        cause,
      },
    );
  }
  if (
    /^(InvalidParameter|Client)Exception$/.test(name) &&
    /^the (specified )?task.*(not found|not running|stopp)/i.test(text)
  ) {
    return new PortholeError(
      "task_stopped",
      `Cannot exec into task ${taskId}: it has stopped`,
      { cause },
    );
  }
  if (
    name === "InvalidParameterException" &&
    /container.*(not found|not running|stopp)/i.test(text)
  ) {
    return new PortholeError(
      "container_not_found",
      `Cannot exec into container "${container}" of task ${taskId}: it is no longer running`,
      { cause },
    );
  }
  return undefined;
}

function refuseWithoutExec(
  { taskId, place, launchType }: ExecFacts,
  cause: unknown,
): PortholeError {
  const remedy = tellHowToRestart(place);
  return launchType === "FARGATE"
    ? new PortholeError(
      "exec_not_enabled",
      `${FARGATE_WITHOUT_EXEC}; ${remedy}`,
      { cause },
    )
    : new PortholeError(
      "exec_not_enabled",
      `Cannot exec into task ${taskId}: it was started without ECS Exec`,
      { hint: remedy, cause },
    );
}

function describeAgent(agent: ExecFacts["agent"]): string {
  if (!agent) return "AWS reports nothing about its ECS Exec agent";
  return `its ECS Exec agent is ${agent.status}${
    agent.reason ? ` (${agent.reason})` : ""
  }`;
}
