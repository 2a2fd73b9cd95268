import type { Container, Task } from "../access/access.ts";
import { decideRoute } from "./decide_route.ts";
import type { RouteSettings } from "./read_route_settings.ts";
import type { NoRoute, Route } from "./route.ts";

/** Describes the way that `exec` would take to a container, or why there is none. */
export function tellRoute(
  task: Pick<Task, "id" | "status" | "launchType" | "executeCommandEnabled">,
  container: Pick<Container, "name" | "status" | "agent">,
  settings: RouteSettings,
): Route | NoRoute {
  if (task.status !== "RUNNING") return noRoute(`the task is ${task.status}`);
  if (container.status !== "RUNNING") {
    return noRoute(`the container is ${container.status}`);
  }
  const route = decideRoute({
    ...settings,
    taskId: task.id,
    launchType: task.launchType,
    executeCommandEnabled: task.executeCommandEnabled,
    containerName: container.name,
    agent: container.agent,
  });
  if (route.kind === "none") return noRoute(route.because);
  return route.kind === "ecs_exec" && container.agent?.status === "PENDING"
    ? {
      kind: "ecs_exec",
      because:
        `${route.because}; porthole waits for its agent, which is PENDING`,
    }
    : route;
}

function noRoute(because: string): NoRoute {
  return { kind: "none", because };
}
