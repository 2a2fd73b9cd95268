import { present } from "../../present.ts";
import type { EcsService } from "../../aws/create_aws.ts";
import type {
  Deployment,
  Service,
  ServiceEvent,
  ServiceNetwork,
} from "../access.ts";

type EcsDeployment = NonNullable<EcsService["deployments"]>[number];
type EcsTaskSet = NonNullable<EcsService["taskSets"]>[number];
type EcsNetwork = EcsService["networkConfiguration"];

/**
 * A service of DescribeServices as porthole keeps it.
 *
 * Where CodeDeploy or something else deploys, it is the task sets that say what a deployment and
 * the service itself say otherwise.
 */
export function readService(service: EcsService): Service {
  const taskSets = service.taskSets ?? [];
  const primary = taskSets.find(({ status }) => status === "PRIMARY");
  const breaker = service.deploymentConfiguration?.deploymentCircuitBreaker;
  return present({
    name: service.serviceName ?? "",
    arn: service.serviceArn ?? "",
    clusterArn: service.clusterArn ?? "",
    status: service.status ?? "",
    desired: service.desiredCount ?? 0,
    running: service.runningCount ?? 0,
    pending: service.pendingCount ?? 0,
    taskDefinitionArn: service.taskDefinition ?? primary?.taskDefinition ?? "",
    executeCommandEnabled: service.enableExecuteCommand ?? false,
    launchType: service.launchType ?? primary?.launchType,
    capacityProviderStrategy: (
      service.capacityProviderStrategy ?? primary?.capacityProviderStrategy ??
        []
    ).map(({ capacityProvider, weight, base }) => ({
      name: capacityProvider ?? "",
      weight: weight ?? 0,
      base: base ?? 0,
    })),
    platformFamily: service.platformFamily ?? primary?.platformFamily,
    platformVersion: service.platformVersion ?? primary?.platformVersion,
    network: readNetwork(
      service.networkConfiguration ?? primary?.networkConfiguration,
    ),
    deploymentController: service.deploymentController?.type ?? "ECS",
    circuitBreaker: breaker && {
      enabled: breaker.enable ?? false,
      rollback: breaker.rollback ?? false,
    },
    propagateTags: service.propagateTags,
    tags: service.tags?.map(({ key, value }) => ({
      key: key ?? "",
      value: value ?? "",
    })),
    createdAt: service.createdAt,
    deployments: [
      ...(service.deployments ?? []).map(readDeployment),
      ...taskSets.map(readTaskSet),
    ].sort((a, b) =>
      Number(b.status === "PRIMARY") - Number(a.status === "PRIMARY")
    ),
    events: (service.events ?? []).flatMap((
      { id, createdAt, message },
    ): readonly ServiceEvent[] =>
      createdAt === undefined
        ? []
        : [{ id: id ?? "", at: createdAt, message: message ?? "" }]
    ),
  });
}

function readNetwork(network: EcsNetwork): ServiceNetwork | undefined {
  const vpc = network?.awsvpcConfiguration;
  return vpc && {
    subnets: vpc.subnets ?? [],
    securityGroups: vpc.securityGroups ?? [],
    assignPublicIp: vpc.assignPublicIp === "ENABLED",
  };
}

function readDeployment(deployment: EcsDeployment): Deployment {
  return present({
    id: deployment.id ?? "",
    status: deployment.status ?? "",
    taskDefinitionArn: deployment.taskDefinition ?? "",
    desired: deployment.desiredCount ?? 0,
    running: deployment.runningCount ?? 0,
    pending: deployment.pendingCount ?? 0,
    failed: deployment.failedTasks ?? 0,
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
    createdAt: deployment.createdAt,
    updatedAt: deployment.updatedAt,
  });
}

function readTaskSet(taskSet: EcsTaskSet): Deployment {
  return present({
    id: taskSet.id ?? "",
    status: taskSet.status ?? "",
    taskDefinitionArn: taskSet.taskDefinition ?? "",
    desired: taskSet.computedDesiredCount ?? 0,
    running: taskSet.runningCount ?? 0,
    pending: taskSet.pendingCount ?? 0,
    failed: 0,
    rolloutState: undefined,
    rolloutStateReason: undefined,
    createdAt: taskSet.createdAt,
    updatedAt: taskSet.updatedAt,
  });
}
