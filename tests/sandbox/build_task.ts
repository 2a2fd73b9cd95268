import {
  account,
  type Cluster,
  region,
  type Service,
  type Task,
} from "./fleet.ts";
import type { DockerTaskOption } from "./sandbox_options.ts";
import { drawText } from "./seeded_random.ts";

/** A task that a service is about to start. */
export function buildTask(
  cluster: Cluster,
  service: Pick<
    Service,
    "name" | "family" | "revision" | "launchType" | "execEnabled"
  >,
  { containers: names, deploymentId, random, index, docker }: {
    readonly containers: readonly string[];
    readonly deploymentId: string;
    readonly random: () => number;
    /** Among the tasks that start together. */
    readonly index: number;
    readonly docker?: DockerTaskOption | undefined;
  },
): Task {
  const taskId = docker?.taskId ?? drawText(random, "0123456789abcdef", 32);
  const hex = () => drawText(random, "0123456789abcdef", 12);
  // AWS lists a task's containers in no order of its own, so the first of the
  // list must not be taken for the first of the definition.
  const containers = [...names].reverse().map((container) => ({
    name: container,
    containerArn:
      `arn:aws:ecs:${region}:${account}:container/${cluster.name}/${taskId}/${
        drawText(random, "0123456789abcdef", 8)
      }-${hex()}`,
    runtimeId: docker?.containers[container] ??
      (service.launchType === "FARGATE"
        ? `${taskId}-${drawText(random, "0123456789", 10)}`
        : drawText(random, "0123456789abcdef", 64)),
  }));
  return {
    taskId,
    taskArn: `arn:aws:ecs:${region}:${account}:task/${cluster.name}/${taskId}`,
    cluster,
    service: service.name,
    family: service.family,
    revision: service.revision,
    launchType: service.launchType,
    execEnabled: service.execEnabled,
    deploymentId,
    zone: `${region}${index % 2 === 0 ? "a" : "b"}`,
    createdAt: 0,
    startedAt: 0,
    agentRunsAt: 0,
    containerInstanceArn: service.launchType !== "FARGATE"
      ? `arn:aws:ecs:${region}:${account}:container-instance/${cluster.name}/${
        drawText(random, "0123456789abcdef", 32)
      }`
      : undefined,
    containers,
    ...(docker?.privateIp === undefined ? {} : { privateIp: docker.privateIp }),
    status: "PROVISIONING",
    stoppedAt: 0,
    stopCode: "EssentialContainerExited",
    stoppedReason: undefined,
  };
}
