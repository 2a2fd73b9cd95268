import { present } from "../../present.ts";
import type { EcsTask } from "../../aws/create_aws.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import type { Container, Task } from "../access.ts";

/** A task of DescribeTasks as porthole keeps it. */
export function readTask(task: EcsTask): Task {
  const arn = task.taskArn ?? "";
  return present({
    id: nameOfArn(arn),
    arn,
    clusterArn: task.clusterArn ?? "",
    status: task.lastStatus ?? "",
    desiredStatus: task.desiredStatus ?? "",
    group: task.group,
    startedBy: task.startedBy,
    createdAt: task.createdAt,
    pullStartedAt: task.pullStartedAt,
    pullStoppedAt: task.pullStoppedAt,
    startedAt: task.startedAt,
    stoppedAt: task.stoppedAt,
    launchType: task.launchType,
    capacityProvider: task.capacityProviderName,
    platformFamily: task.platformFamily,
    platformVersion: task.platformVersion,
    containerInstanceArn: task.containerInstanceArn,
    subnetId: readAttachment(task, "subnetId"),
    privateIp: readAttachment(task, "privateIPv4Address"),
    taskRoleOverride: task.overrides?.taskRoleArn,
    availabilityZone: task.availabilityZone,
    health: task.healthStatus,
    taskDefinitionArn: task.taskDefinitionArn ?? "",
    executeCommandEnabled: task.enableExecuteCommand ?? false,
    // A stand-in for AWS may give an empty text where AWS itself gives none; so in the reasons below.
    stopCode: task.stopCode || undefined,
    stoppedReason: task.stoppedReason || undefined,
    containers: (task.containers ?? []).map((container) =>
      readContainer(container, task)
    ),
  });
}

/** A detail of the task's own network interface. */
function readAttachment(
  { attachments }: EcsTask,
  detail: string,
): string | undefined {
  return attachments?.flatMap(({ details }) => details ?? [])
    .find(({ name }) => name === detail)?.value;
}

function readContainer(
  container: NonNullable<EcsTask["containers"]>[number],
  { overrides }: EcsTask,
): Container {
  const agent = container.managedAgents?.find(({ name }) =>
    name === "ExecuteCommandAgent"
  );
  const added = (overrides?.containerOverrides ?? [])
    .filter(({ name }) => name === container.name)
    .flatMap(({ environment }) => environment ?? [])
    .flatMap(({ name }) => name ?? []);
  return present({
    name: container.name ?? "",
    runtimeId: container.runtimeId,
    status: container.lastStatus ?? "",
    health: container.healthStatus,
    exitCode: container.exitCode,
    reason: container.reason || undefined,
    agent: agent && present({
      status: agent.lastStatus ?? "",
      reason: agent.reason || undefined,
      startedAt: agent.lastStartedAt,
    }),
    addedVariables: added.length === 0 ? undefined : added,
  });
}
