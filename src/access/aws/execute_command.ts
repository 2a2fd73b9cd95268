import type { Aws } from "../../aws/create_aws.ts";
import { PortholeError } from "../../errors.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import type { SessionGrant, SessionRequest, Task } from "../access.ts";
import { sessionTarget } from "./session_target.ts";

/**
 * Calls ExecuteCommand.
 *
 * @throws {PortholeError} what AWS refused, explained by what is known of the task.
 */
export async function executeCommand(
  aws: Pick<Aws, "call">,
  request: SessionRequest,
): Promise<SessionGrant> {
  const { cluster, task, container, command } = request;
  const doing = `exec into container "${container.name}" of task ${task.id}`;
  if (container.runtimeId === undefined) {
    throw new PortholeError(
      "agent_not_running",
      `Cannot ${doing}: it has no runtime id yet`,
      {
        hint: "the container is still starting; try again in a moment",
      },
    );
  }
  const { session } = await aws.call("ecs", "executeCommand", {
    cluster,
    task: task.arn,
    container: container.name,
    command,
    // AWS knows no other mode.
    interactive: true,
  }, {
    doing,
    action: "ecs:ExecuteCommand",
    cluster,
    secrets: [command],
    exec: {
      taskId: task.id,
      ...placeOf(cluster, task),
      container: container.name,
      executeCommandEnabled: task.executeCommandEnabled,
      launchType: task.launchType,
      agent: container.agent,
    },
  });
  if (!session?.sessionId || !session.streamUrl || !session.tokenValue) {
    throw new PortholeError(
      "session_refused",
      `Cannot ${doing}: AWS answered without a session`,
    );
  }
  return {
    sessionId: session.sessionId,
    streamUrl: session.streamUrl,
    tokenValue: session.tokenValue,
    target: sessionTarget(task, container),
    cluster: task.clusterArn,
  };
}

/** ECS puts the service that started a task in its group. */
function placeOf(
  cluster: string,
  { group }: Task,
): { readonly place?: string } {
  const [, service] = /^service:(.+)$/.exec(group ?? "") ?? [];
  const name = nameOfArn(cluster);
  return service === undefined ? {} : { place: `${name}/${service}` };
}
