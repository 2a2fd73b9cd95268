import type { ApiContext } from "./api_context.ts";
import type { Task } from "./fleet.ts";

/**
 * Whether a container's agent has reached Session Manager. What keeps it off is what AWS's
 * documentation and amazon-ecs-exec-checker name.
 */
export function isConnected(
  context: ApiContext,
  task: Task,
  runtimeId: string,
): boolean {
  const { options } = context;
  const { environment = {}, secrets = [], ...definition } = options.definition;
  const variables = [...Object.keys(environment), ...secrets];
  const targets = task.containers
    .filter((container) => container.runtimeId !== runtimeId)
    .map((container) =>
      `ecs:${task.cluster.name}_${task.taskId}_${container.runtimeId}`
    );
  const faults = [
    definition.taskRole === false,
    definition.readonlyRootFilesystem === true,
    variables.some((name) => /^AWS_(ACCESS_KEY|SECRET_ACCESS_KEY)/.test(name)),
    definition.pidMode === "task" &&
    targets.some((target) => context.listSessions(target).length > 0),
    options.roleDeny.some((action) => action.startsWith("ssmmessages:")),
    task.launchType === "FARGATE"
      ? !hasWay(context) || isOlder(options.platformVersion, "1.4.0")
      : isOlder(options.ecsAgentVersion, "1.50.2"),
  ];
  return !faults.includes(true);
}

/** An endpoint with private DNS takes all traffic, and is of use only where its group lets us in. */
function hasWay({ options }: ApiContext): boolean {
  if (options.outboundShut) return false;
  const endpoint = options.endpoints["ssmmessages"];
  return endpoint === undefined || endpoint.privateDns === false
    ? options.network !== "none"
    : endpoint.shut !== true && (endpoint.state ?? "available") === "available";
}

function isOlder(version: string, needed: string): boolean {
  return version.localeCompare(needed, "en", { numeric: true }) < 0;
}
