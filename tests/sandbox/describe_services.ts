import type { ApiContext, Parameters } from "./api_context.ts";
import { ApiError } from "./api_error.ts";
import { describeService } from "./describe_service.ts";
import {
  account,
  type Cluster,
  findCluster,
  region,
  type Service,
  shortenArn,
} from "./fleet.ts";
import {
  listPage,
  readList,
  readText,
  requireCluster,
} from "./read_parameters.ts";

/** DescribeClusters: found ones, and failures for the rest. */
export function describeClusters(
  context: ApiContext,
  parameters: Parameters,
): object {
  const names = readList(parameters, "clusters");
  const include = readList(parameters, "include");
  const { kms, sessionLog } = context.options;
  const kmsKeyId = typeof kms === "object" && kms.setting !== undefined
    ? kms.setting
    : context.kmsKeyId;
  const found: object[] = [];
  const failures: object[] = [];
  for (const name of names.length === 0 ? ["default"] : names) {
    const cluster = findCluster(context.fleet, name);
    if (cluster === undefined) {
      failures.push({
        arn: `arn:aws:ecs:${region}:${account}:cluster/${shortenArn(name)}`,
        reason: "MISSING",
      });
      continue;
    }
    found.push({
      clusterArn: cluster.clusterArn,
      clusterName: cluster.name,
      status: "ACTIVE",
      activeServicesCount: cluster.services.length,
      runningTasksCount: count(cluster, "RUNNING"),
      pendingTasksCount: count(cluster, "PENDING"),
      registeredContainerInstancesCount: 1,
      statistics: [],
      tags: [],
      settings: [],
      capacityProviders: [],
      defaultCapacityProviderStrategy: [],
      ...(include.includes("CONFIGURATIONS") &&
          (kmsKeyId !== undefined || sessionLog !== undefined)
        ? {
          configuration: {
            executeCommandConfiguration: {
              ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
              logging: sessionLog === undefined ? "DEFAULT" : "OVERRIDE",
              ...(sessionLog === undefined ? {} : {
                logConfiguration: {
                  cloudWatchLogGroupName: sessionLog.logGroup,
                  s3BucketName: sessionLog.bucket,
                },
              }),
            },
          },
        }
        : {}),
    });
  }
  return { clusters: found, failures };
}

function count(cluster: Cluster, status: string): number {
  return cluster.tasks.filter((task) => task.status === status).length;
}

/** ListServices, in pages of 10. */
export function listServices(
  context: ApiContext,
  parameters: Parameters,
): object {
  const cluster = requireCluster(context, parameters);
  const launchType = readText(parameters, "launchType");
  return listPage(
    "serviceArns",
    cluster.services.filter((service) =>
      launchType === undefined || service.launchType === launchType
    ).map((service) => service.serviceArn),
    parameters,
    10,
  );
}

/** DescribeServices: found ones, and failures for the rest. */
export function describeServices(
  context: ApiContext,
  parameters: Parameters,
): object {
  const cluster = requireCluster(context, parameters);
  const names = readList(parameters, "services");
  if (names.length === 0 || names.length > 10) {
    throw new ApiError(
      "InvalidParameterException",
      names.length === 0
        ? "Services cannot be empty."
        : "Services cannot have more than 10 elements.",
    );
  }
  const include = readList(parameters, "include");
  const services: object[] = [];
  const failures: object[] = [];
  for (const name of names) {
    const service = findService(cluster, name);
    if (service === undefined) {
      failures.push({
        arn: `arn:aws:ecs:${region}:${account}:service/${cluster.name}/${
          shortenArn(name)
        }`,
        reason: "MISSING",
      });
    } else {services.push({
        ...describeService(context, cluster, service),
        ...(include.includes("TAGS") ? { tags: service.tags } : {}),
      });}
  }
  return { services, failures };
}

/** Finds a service by name or ARN. */
export function findService(
  cluster: Cluster,
  name: string,
): Service | undefined {
  return cluster.services.find((service) =>
    service.name === name || service.serviceArn === name
  );
}
