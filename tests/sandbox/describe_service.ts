import type { ApiContext } from "./api_context.ts";
import { nameDeployment, subnetId } from "./describe_task.ts";
import {
  account,
  type Cluster,
  formatDefinitionArn,
  type Service,
  type Task,
} from "./fleet.ts";

/** How long before its first task a service was created. */
const CREATED_BEFORE_MS = 60_000;

/** A service as DescribeServices shows it, but for its tags. */
export function describeService(
  context: ApiContext,
  cluster: Cluster,
  service: Service,
): object {
  const tasks = cluster.tasks.filter((task) => task.service === service.name);
  const starts = tasks.map(({ startedAt }) => startedAt);
  const createdAt = Math.min(context.now() - context.age(), ...starts) -
    CREATED_BEFORE_MS;
  return {
    serviceArn: service.serviceArn,
    serviceName: service.name,
    clusterArn: cluster.clusterArn,
    status: "ACTIVE",
    createdAt: createdAt / 1000,
    createdBy: `arn:aws:iam::${account}:role/sandbox`,
    desiredCount: service.desired,
    ...countTasks(tasks),
    launchType: service.launchType,
    taskDefinition: formatDefinitionArn(service.family, service.revision),
    enableExecuteCommand: service.execEnabled,
    enableECSManagedTags: false,
    schedulingStrategy: "REPLICA",
    availabilityZoneRebalancing: "DISABLED",
    propagateTags: "NONE",
    deploymentController: { type: "ECS" },
    deploymentConfiguration: {
      deploymentCircuitBreaker: { enable: true, rollback: true },
      maximumPercent: 200,
      minimumHealthyPercent: 100,
    },
    deployments: [describeDeployment(context, service, tasks, createdAt)],
    events: describeEvents(service, tasks, createdAt),
    loadBalancers: [],
    serviceRegistries: [],
    placementConstraints: [],
    placementStrategy: [],
    ...describePlace(context, service),
  };
}

/** The one deployment of a service that has been left alone since it was created. */
function describeDeployment(
  context: ApiContext,
  service: Service,
  tasks: readonly Task[],
  createdAt: number,
): object {
  const settled = isSettled(service, tasks);
  const id = nameDeployment(service.name, service.revision);
  return {
    id,
    status: "PRIMARY",
    taskDefinition: formatDefinitionArn(service.family, service.revision),
    desiredCount: service.desired,
    ...countTasks(tasks),
    failedTasks: tasks.filter(({ status }) => status === "STOPPED").length,
    createdAt: createdAt / 1000,
    updatedAt: (settled ? settledAt(tasks, createdAt) : context.now()) / 1000,
    launchType: service.launchType,
    rolloutState: settled ? "COMPLETED" : "IN_PROGRESS",
    rolloutStateReason: `ECS deployment ${id} ${
      settled ? "completed." : "in progress."
    }`,
    ...describePlace(context, service),
  };
}

/** The newest first, as AWS has them. */
function describeEvents(
  service: Service,
  tasks: readonly Task[],
  createdAt: number,
): readonly object[] {
  const started = tasks.map(({ taskId, startedAt }) => ({
    at: startedAt,
    message: `(service ${service.name}) has started 1 tasks: (task ${taskId}).`,
  }));
  const steady = !isSettled(service, tasks) ? [] : [{
    at: settledAt(tasks, createdAt),
    message: `(service ${service.name}) has reached a steady state.`,
  }];
  return [...started, ...steady]
    .sort((a, b) => b.at - a.at)
    .slice(0, 100)
    .map(({ at, message }, index) => ({
      id: `${service.name}-${started.length - index}`,
      createdAt: at / 1000,
      message,
    }));
}

function isSettled(service: Service, tasks: readonly Task[]): boolean {
  return countTasks(tasks).runningCount === service.desired;
}

function settledAt(tasks: readonly Task[], createdAt: number): number {
  return Math.max(createdAt, ...tasks.map(({ startedAt }) => startedAt)) +
    30_000;
}

function countTasks(tasks: readonly Task[]) {
  const count = (status: Task["status"]) =>
    tasks.filter((task) => task.status === status).length;
  return { runningCount: count("RUNNING"), pendingCount: count("PENDING") };
}

/** Where a service's tasks go: Fargate has a platform and a network of its own. */
function describePlace({ options }: ApiContext, service: Service): object {
  if (service.launchType !== "FARGATE") return {};
  return {
    platformFamily: "Linux",
    platformVersion: options.platformVersion,
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: [subnetId],
        securityGroups: ["sg-0123456789abcdef0"],
        assignPublicIp: options.network === "public" ? "ENABLED" : "DISABLED",
      },
    },
  };
}
