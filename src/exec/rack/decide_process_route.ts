import type { Process } from "../../access/rack/read_answers.ts";
import { decideRoute } from "../../route/decide_route.ts";
import { type RackRoute, readRackSettings } from "../../route/rack_settings.ts";
import type { Route } from "../../route/route.ts";
import type { Target } from "../../target/target.ts";

/**
 * Decides the way that a rack of porthole's takes to a container, by what it tells of the task, as it does itself.
 *
 * @returns undefined where the rack does not tell.
 * @throws {PortholeError} where there is no way.
 */
export function decideProcessRoute(
  { task, container, cluster, service }: Target<Process>,
  rack: RackRoute,
): Route | undefined {
  if (task.exec === undefined) return undefined;
  const route = decideRoute({
    ...readRackSettings(rack),
    throughSessionManager: false,
    taskId: task.id,
    ...(service === undefined ? {} : { place: `${cluster}/${service}` }),
    launchType: task.exec.launchType,
    executeCommandEnabled: task.exec.executeCommandEnabled,
    containerName: container.name,
    agent: container.agent,
  });
  if (route.kind === "none") throw route.error;
  return route;
}
