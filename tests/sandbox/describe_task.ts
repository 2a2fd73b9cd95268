import type { ApiContext } from "./api_context.ts";
import { account, formatDefinitionArn, region, type Task } from "./fleet.ts";

/** The state of the ECS Exec agent in a task's containers, `undefined` without one. */
export function readAgentStatus(
  context: ApiContext,
  task: Task,
): "PENDING" | "RUNNING" | "STOPPED" | undefined {
  if (!task.execEnabled) return undefined;
  if (task.status === "STOPPED") return "STOPPED";
  if (task.status === "PENDING") return "PENDING";
  if (context.options.agentStopped !== undefined) return "STOPPED";
  return context.age() < context.options.agentPendingMs ? "PENDING" : "RUNNING";
}

/** When the agent of a task began to run; one that was PENDING has only just begun. */
function readAgentStart(context: ApiContext, task: Task): number {
  const { agentPendingMs } = context.options;
  return agentPendingMs === 0
    ? task.startedAt + 5_000
    : context.now() - context.age() + agentPendingMs;
}

/** The id of the deployment that has brought a service to a revision; the name tells services of one family apart. */
export function nameDeployment(service: string, revision: number): string {
  const letters = [...service].map((letter) => letter.charCodeAt(0));
  return `ecs-svc/${revision}${letters.join("").slice(0, 16).padEnd(16, "0")}`;
}

/** The subnet of every Fargate task. */
export const subnetId = "subnet-0123456789abcdef0";

/** A task as DescribeTasks shows it. */
export function describeTask(context: ApiContext, task: Task): object {
  const agent = readAgentStatus(context, task);
  const started = task.startedAt / 1000;
  return {
    taskArn: task.taskArn,
    clusterArn: task.cluster.clusterArn,
    taskDefinitionArn: formatDefinitionArn(task.family, task.revision),
    group: task.service === undefined
      ? `family:${task.family}`
      : `service:${task.service}`,
    launchType: task.launchType,
    lastStatus: task.status,
    desiredStatus: task.status === "STOPPED" ? "STOPPED" : "RUNNING",
    healthStatus: task.status === "RUNNING" ? "HEALTHY" : "UNKNOWN",
    connectivity: "CONNECTED",
    availabilityZone: task.zone,
    enableExecuteCommand: task.execEnabled,
    cpu: "256",
    memory: "512",
    version: 4,
    createdAt: started - 20,
    ...(task.service === undefined
      ? {}
      : { startedBy: nameDeployment(task.service, task.revision) }),
    ...(task.launchType === "FARGATE"
      ? {
        platformFamily: "Linux",
        platformVersion: context.options.platformVersion,
      }
      : { containerInstanceArn: task.containerInstanceArn }),
    ...(task.status === "PENDING" ? {} : { startedAt: started }),
    ...(task.status === "STOPPED"
      ? {
        stoppedAt: context.now() / 1000,
        stopCode: "EssentialContainerExited",
        stoppedReason: task.stoppedReason,
      }
      : {}),
    containers: task.containers.map((container) => ({
      containerArn: container.containerArn,
      taskArn: task.taskArn,
      name: container.name,
      image: `${account}.dkr.ecr.${region}.amazonaws.com/${container.name}:1`,
      lastStatus: task.status,
      healthStatus: task.status === "RUNNING" ? "HEALTHY" : "UNKNOWN",
      networkInterfaces: [],
      cpu: "0",
      ...(task.status === "PENDING" ? {} : { runtimeId: container.runtimeId }),
      ...(task.status === "STOPPED" ? { exitCode: 1 } : {}),
      ...(agent === undefined ? {} : {
        managedAgents: [{
          name: "ExecuteCommandAgent",
          lastStatus: agent,
          ...(agent === "PENDING"
            ? {}
            : { lastStartedAt: readAgentStart(context, task) / 1000 }),
          ...(agent === "STOPPED" && context.options.agentStopped !== undefined
            ? { reason: context.options.agentStopped }
            : {}),
        }],
      }),
    })),
    attachments: task.launchType === "FARGATE"
      ? [{
        id: task.containers[0]?.containerArn.slice(-36),
        type: "ElasticNetworkInterface",
        status: "ATTACHED",
        details: [{ name: "subnetId", value: subnetId }],
      }]
      : [],
    attributes: [],
    overrides: { containerOverrides: [], inferenceAcceleratorOverrides: [] },
    tags: [],
  };
}
