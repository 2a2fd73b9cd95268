import type { Target } from "../target/target.ts";
import { PortholeError } from "../errors.ts";

/** How a container is reached, and why. */
export interface Route {
  readonly kind: "ecs_exec";
  readonly because: string;
}

/**
 * Chooses the way to a container. An agent that is PENDING is no obstacle: it is waited for.
 *
 * @throws PortholeError when there is none: the task was started without execute-command, or its
 * agent has stopped.
 */
export function decideRoute({ task, container }: Target): Route {
  if (!task.executeCommandEnabled) {
    if (task.launchType === "FARGATE") {
      throw new PortholeError(
        "exec_not_enabled",
        "cannot exec into Fargate task without ECS Exec enabled; set ECSExec=Yes on the rack and redeploy",
        {
          hint:
            "outside a rack: aws ecs update-service --enable-execute-command --force-new-deployment",
          link:
            "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html",
        },
      );
    }
    throw new PortholeError(
      "exec_not_enabled",
      `Cannot exec into task ${task.id}: it was started without ECS Exec, and Docker exec is not built yet`,
      {
        hint:
          "aws ecs update-service --enable-execute-command --force-new-deployment starts tasks that have it",
        link:
          "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html",
      },
    );
  }
  if (container.agent?.status === "STOPPED") {
    const reason = container.agent.reason === undefined
      ? ""
      : ` (${container.agent.reason})`;
    throw new PortholeError(
      "agent_not_running",
      `Cannot exec into container "${container.name}" of task ${task.id}: its ECS Exec agent is STOPPED${reason}`,
      {
        hint: "only a new task gets a new agent",
      },
    );
  }
  return { kind: "ecs_exec", because: "the task was started with ECS Exec" };
}
