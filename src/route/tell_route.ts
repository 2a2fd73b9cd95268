import type { Container, Task } from "../access/access.ts";
import { PortholeError } from "../errors.ts";
import { decideRoute, type RouteFacts } from "./decide_route.ts";
import type { NoRoute, Route } from "./route.ts";

/** What decides the route beside the task itself. */
export type RouteSettings = Pick<
  RouteFacts,
  "via" | "ecsExec" | "generation" | "throughSessionManager"
>;

/** Tells the way that `exec` would take to a container, or why there is none. */
export function tellRoute(
  task: Task,
  container: Container,
  settings: RouteSettings,
): Route | NoRoute {
  if (task.status !== "RUNNING") return noRoute(`the task is ${task.status}`);
  if (container.status !== "RUNNING") {
    return noRoute(`the container is ${container.status}`);
  }
  try {
    const route = decideRoute({
      ...settings,
      taskId: task.id,
      launchType: task.launchType,
      executeCommandEnabled: task.executeCommandEnabled,
      containerName: container.name,
      agent: container.agent,
    });
    return route.kind === "ecs_exec" && container.agent?.status === "PENDING"
      ? {
        kind: "ecs_exec",
        because: `${route.because}; its agent is PENDING, and waited for`,
      }
      : route;
  } catch (error) {
    if (!(error instanceof PortholeError)) throw error;
    return noRoute(readReason(error));
  }
}

function noRoute(because: string): NoRoute {
  return { kind: "none", because };
}

/** What stands after "Cannot …: "; the documented words for Fargate have a remedy there instead. */
function readReason({ message }: PortholeError): string {
  const [, reason] = /^Cannot [^:]*: (.*)$/s.exec(message) ??
    /^cannot exec into (.*?);/.exec(message) ?? [];
  return reason ?? message;
}
