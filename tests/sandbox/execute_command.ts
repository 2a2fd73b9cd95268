import type { ApiContext, Parameters } from "./api_context.ts";
import { ApiError } from "./api_error.ts";
import { readAgentStatus } from "./describe_task.ts";
import { isConnected } from "./is_connected.ts";
import { checkTaskId, readText, requireCluster } from "./read_parameters.ts";

/** AWS's text for a task that has no agent; its apostrophe is U+2019. */
export const notEnabledMessage =
  "The execute command failed because execute command was not enabled when " +
  "the task was run or the execute command agent isn\u2019t running. Wait and " +
  "try again or run a new task with execute command enabled and try again.";

/** Opens a session, or refuses as ECS does. */
export function executeCommand(
  context: ApiContext,
  parameters: Parameters,
): object {
  const cluster = requireCluster(context, parameters);
  const command = readText(parameters, "command");
  const named = readText(parameters, "task");
  if (command === undefined || named === undefined) {
    throw invalid(
      `${command === undefined ? "Command" : "Task"} cannot be empty.`,
    );
  }
  if (parameters["interactive"] !== true) {
    throw invalid("Interactive is the only mode supported currently.");
  }
  const id = checkTaskId(named, "task");
  const task = cluster.tasks.find((one) => one.taskId === id);
  // The names of the next three refusals are AWS's; their texts are ours,
  // because no public record of AWS's own was found.
  if (task === undefined) throw invalid("The task was not found.");
  const wanted = readText(parameters, "container");
  if (wanted === undefined && task.containers.length > 1) {
    throw invalid("A container name is required: the task has several.");
  }
  const container = wanted === undefined
    ? task.containers[0]
    : task.containers.find((one) => one.name === wanted);
  if (container === undefined) {
    throw invalid("The container was not found in the task.");
  }

  const agent = readAgentStatus(context, task);
  if (agent === undefined || task.status !== "RUNNING") {
    throw invalid(notEnabledMessage);
  }
  if (
    agent !== "RUNNING" || !isConnected(context, task, container.runtimeId)
  ) {
    throw new ApiError(
      "TargetNotConnectedException",
      "The execute command failed due to an internal error. Try again later.",
    );
  }

  const session = context.openSession({
    task,
    container: container.name,
    runtimeId: container.runtimeId,
    command,
    secure: context.secure,
  });
  return {
    clusterArn: cluster.clusterArn,
    containerArn: container.containerArn,
    containerName: container.name,
    interactive: true,
    session,
    taskArn: task.taskArn,
  };
}

function invalid(message: string): ApiError {
  return new ApiError("InvalidParameterException", message);
}
