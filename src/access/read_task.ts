import type { EcsTask } from "../aws/create_aws.ts";
import type { Container, Task } from "./access.ts";

/** A task of DescribeTasks as porthole keeps it. */
export function readTask(task: EcsTask): Task {
  const arn = task.taskArn ?? "";
  return withoutUndefined<Task>({
    id: arn.slice(arn.lastIndexOf("/") + 1),
    arn,
    clusterArn: task.clusterArn ?? "",
    status: task.lastStatus ?? "",
    desiredStatus: task.desiredStatus ?? "",
    group: task.group,
    startedAt: task.startedAt,
    launchType: task.launchType,
    platformFamily: task.platformFamily,
    availabilityZone: task.availabilityZone,
    health: task.healthStatus,
    taskDefinitionArn: task.taskDefinitionArn ?? "",
    executeCommandEnabled: task.enableExecuteCommand ?? false,
    stoppedReason: task.stoppedReason,
    containers: (task.containers ?? []).map(readContainer),
  });
}

function readContainer(
  container: NonNullable<EcsTask["containers"]>[number],
): Container {
  const agent = container.managedAgents?.find(({ name }) =>
    name === "ExecuteCommandAgent"
  );
  return withoutUndefined<Container>({
    name: container.name ?? "",
    runtimeId: container.runtimeId,
    status: container.lastStatus ?? "",
    agent: agent && withoutUndefined<NonNullable<Container["agent"]>>({
      status: agent.lastStatus ?? "",
      reason: agent.reason,
    }),
  });
}

/** Absent fields are absent, not undefined. */
function withoutUndefined<T extends object>(
  fields: { [K in keyof T]: T[K] | undefined },
): T {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as T;
}
