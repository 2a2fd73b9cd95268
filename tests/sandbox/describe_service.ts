import type { ApiContext } from "./api_context.ts";
import { subnetId } from "./describe_task.ts";
import {
  account,
  type Cluster,
  type Deployment,
  formatDefinitionArn,
  type Service,
  type Task,
  type TaskStatus,
} from "./fleet.ts";

/** A service as DescribeServices shows it, but for its tags. */
export function describeService(
  context: ApiContext,
  cluster: Cluster,
  service: Service,
): object {
  const tasks = cluster.tasks.filter((task) => task.service === service.name);
  const breaker = context.options.rollout.circuitBreaker;
  return {
    serviceArn: service.serviceArn,
    serviceName: service.name,
    clusterArn: cluster.clusterArn,
    status: "ACTIVE",
    createdAt: service.createdAt / 1000,
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
    deploymentController: { type: service.controller },
    deploymentConfiguration: {
      deploymentCircuitBreaker: {
        enable: breaker !== "off",
        rollback: breaker === "rollback",
      },
      maximumPercent: 200,
      minimumHealthyPercent: 100,
    },
    ...(service.controller === "ECS"
      ? {
        deployments: service.deployments.map((deployment) =>
          describeDeployment(context, service, deployment, tasks)
        ),
      }
      : {
        deployments: [],
        taskSets: service.deployments.map((deployment) =>
          describeTaskSet(context, service, deployment, tasks)
        ),
      }),
    events: service.events.slice(0, 100).map(({ at, message }, index) => ({
      id: `${service.name}-${service.events.length - index}`,
      createdAt: at / 1000,
      message,
    })),
    loadBalancers: [],
    serviceRegistries: [],
    placementConstraints: [],
    placementStrategy: [],
    ...describePlace(context, service),
  };
}

function describeDeployment(
  context: ApiContext,
  service: Service,
  deployment: Deployment,
  tasks: readonly Task[],
): object {
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: formatDefinitionArn(
      deployment.family,
      deployment.revision,
    ),
    desiredCount: deployment.status === "PRIMARY" ? service.desired : 0,
    ...countTasks(tasks.filter((task) => task.deploymentId === deployment.id)),
    failedTasks: deployment.failedTasks,
    createdAt: deployment.createdAt / 1000,
    updatedAt: deployment.updatedAt / 1000,
    launchType: service.launchType,
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
    ...describePlace(context, service),
  };
}

/** What stands in a deployment's place where ECS does not deploy. */
function describeTaskSet(
  context: ApiContext,
  service: Service,
  deployment: Deployment,
  tasks: readonly Task[],
): object {
  const { runningCount, pendingCount } = countTasks(tasks);
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: formatDefinitionArn(service.family, service.revision),
    computedDesiredCount: service.desired,
    runningCount,
    pendingCount,
    createdAt: deployment.createdAt / 1000,
    updatedAt: deployment.updatedAt / 1000,
    launchType: service.launchType,
    scale: { value: 100, unit: "PERCENT" },
    stabilityStatus: "STEADY_STATE",
    ...describePlace(context, service),
  };
}

function countTasks(tasks: readonly Task[]) {
  const count = (...statuses: readonly TaskStatus[]) =>
    tasks.filter(({ status }) => statuses.includes(status)).length;
  return {
    runningCount: count("RUNNING", "STOPPING"),
    pendingCount: count("PROVISIONING", "PENDING"),
  };
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
