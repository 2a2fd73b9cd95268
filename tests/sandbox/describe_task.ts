import type { ApiContext } from "./api_context.ts";
import {
  describeContainerRun,
  describeRun,
  readRunAgent,
} from "./describe_run.ts";
import {
  account,
  formatDefinitionArn,
  hasStarted,
  isWanted,
  region,
  type Task,
} from "./fleet.ts";

/** The state of the ECS Exec agent in a task's containers, `undefined` without one. */
export function readAgentStatus(
  context: ApiContext,
  task: Task,
): "PENDING" | "RUNNING" | "STOPPED" | undefined {
  if (!task.execEnabled) return undefined;
  if (task.run !== undefined) return readRunAgent(context, task.run);
  if (task.status === "STOPPED") return "STOPPED";
  if (!hasStarted(task)) return "PENDING";
  if (context.options.agentStopped !== undefined) return "STOPPED";
  return context.now() < task.agentRunsAt ? "PENDING" : "RUNNING";
}

/** The subnet of every Fargate task. */
export const subnetId = "subnet-0123456789abcdef0";

/** A task as DescribeTasks shows it. */
export function describeTask(context: ApiContext, task: Task): object {
  const agent = readAgentStatus(context, task);
  return {
    taskArn: task.taskArn,
    clusterArn: task.cluster.clusterArn,
    taskDefinitionArn: formatDefinitionArn(task.family, task.revision),
    group: task.service === undefined
      ? `family:${task.family}`
      : `service:${task.service}`,
    launchType: task.launchType,
    lastStatus: task.status,
    desiredStatus: isWanted(task) ? "RUNNING" : "STOPPED",
    healthStatus: task.status === "RUNNING" ? "HEALTHY" : "UNKNOWN",
    connectivity: "CONNECTED",
    availabilityZone: task.zone,
    enableExecuteCommand: task.execEnabled,
    cpu: "256",
    memory: "512",
    version: 4,
    createdAt: task.createdAt / 1000,
    ...(task.deploymentId === undefined
      ? {}
      : { startedBy: task.deploymentId }),
    ...(task.launchType === "FARGATE"
      ? {
        platformFamily: "Linux",
        platformVersion: context.options.platformVersion,
      }
      : { containerInstanceArn: task.containerInstanceArn }),
    ...(hasStarted(task) ? { startedAt: task.startedAt / 1000 } : {}),
    ...(isWanted(task)
      ? {}
      : { stopCode: task.stopCode, stoppedReason: task.stoppedReason }),
    ...(task.status === "STOPPED" ? { stoppedAt: task.stoppedAt / 1000 } : {}),
    containers: task.containers.map((container) => ({
      containerArn: container.containerArn,
      taskArn: task.taskArn,
      name: container.name,
      image: `${account}.dkr.ecr.${region}.amazonaws.com/${container.name}:1`,
      lastStatus: task.status === "PROVISIONING"
        ? "PENDING"
        : task.status === "STOPPING"
        ? "RUNNING"
        : task.status,
      healthStatus: task.status === "RUNNING" ? "HEALTHY" : "UNKNOWN",
      networkInterfaces: [],
      cpu: "0",
      ...(hasStarted(task) ? { runtimeId: container.runtimeId } : {}),
      ...(task.status === "STOPPED" ? { exitCode: 1 } : {}),
      ...(agent === undefined ? {} : {
        managedAgents: [{
          name: "ExecuteCommandAgent",
          lastStatus: agent,
          ...(agent === "PENDING"
            ? {}
            : { lastStartedAt: task.agentRunsAt / 1000 }),
          ...(agent === "STOPPED" && context.options.agentStopped !== undefined
            ? { reason: context.options.agentStopped }
            : {}),
        }],
      }),
      ...describeContainerRun(task.run?.containers.get(container.name)),
    })),
    attachments: task.launchType === "FARGATE" || task.privateIp !== undefined
      ? [{
        id: task.containers[0]?.containerArn.slice(-36),
        type: "ElasticNetworkInterface",
        status: "ATTACHED",
        details: [
          { name: "subnetId", value: subnetId },
          // Each task has its own; the id makes one up.
          {
            name: "privateIPv4Address",
            value: task.privateIp ??
              `10.0.${Number.parseInt(task.taskId.slice(0, 2), 16)}.${
                Number.parseInt(task.taskId.slice(2, 4), 16)
              }`,
          },
        ],
      }]
      : [],
    attributes: [],
    overrides: { containerOverrides: [], inferenceAcceleratorOverrides: [] },
    tags: [],
    ...(task.run === undefined ? {} : describeRun(task, task.run)),
  };
}
