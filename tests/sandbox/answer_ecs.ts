import type { ApiContext, Parameters } from "./api_context.ts";
import { ApiError } from "./api_error.ts";
import { describeTask } from "./describe_task.ts";
import { executeCommand } from "./execute_command.ts";
import {
  account,
  type Cluster,
  findCluster,
  formatDefinitionArn,
  region,
  type Service,
  shortenArn,
} from "./fleet.ts";

/** Answers one operation of the ECS API. */
export function answerEcs(
  context: ApiContext,
  operation: string,
  parameters: Parameters,
): object {
  switch (operation) {
    case "ListClusters":
      return listPage(
        "clusterArns",
        context.fleet.clusters.map((cluster) => cluster.clusterArn),
        parameters,
        100,
      );
    case "DescribeClusters":
      return describeClusters(context, parameters);
    case "ListServices":
      return listServices(context, parameters);
    case "DescribeServices":
      return describeServices(context, parameters);
    case "ListTasks":
      return listTasks(context, parameters);
    case "DescribeTasks":
      return describeTasks(context, parameters);
    case "DescribeTaskDefinition":
      return describeTaskDefinition(context, parameters);
    case "DescribeContainerInstances":
      return describeContainerInstances(context, parameters);
    case "ExecuteCommand":
      return executeCommand(context, parameters);
    default:
      throw new ApiError("UnknownOperationException", "");
  }
}

/** Reads a text parameter; a value of another type is AWS's SerializationException. */
export function readText(
  parameters: Parameters,
  name: string,
): string | undefined {
  const value = parameters[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") {
    throw new ApiError(
      "SerializationException",
      `STRING_VALUE cannot be converted from ${typeof value}`,
    );
  }
  return value;
}

/** Finds the cluster a request names, or the default one. */
export function requireCluster(
  context: ApiContext,
  parameters: Parameters,
): Cluster {
  const name = readText(parameters, "cluster") ?? "default";
  const cluster = findCluster(context.fleet, name);
  if (cluster === undefined) {
    throw new ApiError("ClusterNotFoundException", "Cluster not found.");
  }
  return cluster;
}

function readList(parameters: Parameters, name: string): readonly string[] {
  const value = parameters[name];
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.some((one) => typeof one !== "string")) {
    throw new ApiError("SerializationException", "Expected list or null");
  }
  return value as string[];
}

/** One page; the token is where the next one starts. */
function listPage(
  key: string,
  all: readonly string[],
  parameters: Parameters,
  size: number,
): object {
  const token = readText(parameters, "nextToken");
  const start = token === undefined ? 0 : Number(atob(token).slice(5));
  if (!Number.isInteger(start)) {
    throw new ApiError("InvalidParameterException", "Invalid token.");
  }
  const wanted = parameters["maxResults"];
  if (
    wanted !== undefined &&
    (typeof wanted !== "number" || wanted < 1 || wanted > 100)
  ) {
    throw new ApiError(
      "InvalidParameterException",
      "maxResults should be between 1 and 100.",
    );
  }
  const end = start + (typeof wanted === "number" ? wanted : size);
  return {
    [key]: all.slice(start, end),
    ...(end < all.length ? { nextToken: btoa(`page:${end}`) } : {}),
  };
}

function describeClusters(context: ApiContext, parameters: Parameters): object {
  const names = readList(parameters, "clusters");
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
      ...(context.kmsKeyId === undefined ? {} : {
        configuration: {
          executeCommandConfiguration: {
            kmsKeyId: context.kmsKeyId,
            logging: "DEFAULT",
          },
        },
      }),
    });
  }
  return { clusters: found, failures };
}

function count(cluster: Cluster, status: string): number {
  return cluster.tasks.filter((task) => task.status === status).length;
}

function listServices(context: ApiContext, parameters: Parameters): object {
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

function describeServices(context: ApiContext, parameters: Parameters): object {
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
    } else services.push(describeService(cluster, service));
  }
  return { services, failures };
}

function findService(cluster: Cluster, name: string): Service | undefined {
  return cluster.services.find((service) =>
    service.name === name || service.serviceArn === name
  );
}

function describeService(cluster: Cluster, service: Service): object {
  const tasks = cluster.tasks.filter((task) => task.service === service.name);
  return {
    serviceArn: service.serviceArn,
    serviceName: service.name,
    clusterArn: cluster.clusterArn,
    status: "ACTIVE",
    desiredCount: service.desired,
    runningCount: tasks.filter((task) => task.status === "RUNNING").length,
    pendingCount: tasks.filter((task) => task.status === "PENDING").length,
    launchType: service.launchType,
    taskDefinition: formatDefinitionArn(service.family, service.revision),
    enableExecuteCommand: service.execEnabled,
    schedulingStrategy: "REPLICA",
    propagateTags: "NONE",
    deployments: [],
    events: [],
    loadBalancers: [],
    serviceRegistries: [],
    placementConstraints: [],
    placementStrategy: [],
    ...(service.launchType === "FARGATE"
      ? { platformFamily: "Linux", platformVersion: "1.4.0" }
      : {}),
  };
}

function listTasks(context: ApiContext, parameters: Parameters): object {
  const cluster = requireCluster(context, parameters);
  const service = readText(parameters, "serviceName");
  const family = readText(parameters, "family");
  const launchType = readText(parameters, "launchType");
  const startedBy = readText(parameters, "startedBy");
  const desired = readText(parameters, "desiredStatus") ?? "RUNNING";
  const found = service === undefined
    ? undefined
    : findService(cluster, service);
  if (service !== undefined && found === undefined) {
    throw new ApiError("ServiceNotFoundException", "Service not found.");
  }
  const tasks = cluster.tasks.filter((task) =>
    (found === undefined || task.service === found.name) &&
    (family === undefined || task.family === family) &&
    (launchType === undefined || task.launchType === launchType) &&
    (startedBy === undefined || `ecs-svc/${task.revision}0123456789` ===
        startedBy) &&
    (task.status === "STOPPED") === (desired === "STOPPED")
  );
  return listPage(
    "taskArns",
    tasks.map((task) => task.taskArn),
    parameters,
    100,
  );
}

function describeTasks(context: ApiContext, parameters: Parameters): object {
  const cluster = requireCluster(context, parameters);
  const names = readList(parameters, "tasks");
  if (names.length === 0) {
    throw new ApiError("InvalidParameterException", "Tasks cannot be empty.");
  }
  if (names.length > 100) {
    throw new ApiError(
      "InvalidParameterException",
      "Tasks cannot have more than 100 elements.",
    );
  }
  const tasks: object[] = [];
  const failures: object[] = [];
  for (const name of names) {
    const id = checkTaskId(name, "taskId");
    const task = cluster.tasks.find((one) => one.taskId === id);
    if (task === undefined) {
      failures.push({
        arn: `arn:aws:ecs:${region}:${account}:task/${cluster.name}/${id}`,
        reason: "MISSING",
      });
    } else tasks.push(describeTask(context, task));
  }
  return { tasks, failures };
}

/** The id of a task named by id or ARN; AWS refuses ids of another length. */
export function checkTaskId(nameOrArn: string, word: string): string {
  const id = shortenArn(nameOrArn);
  if (id.length !== 32 && id.length !== 36) {
    throw new ApiError(
      "InvalidParameterException",
      `${word} length should be one of [32,36]`,
    );
  }
  return id;
}

function describeTaskDefinition(
  context: ApiContext,
  parameters: Parameters,
): object {
  const name = shortenArn(readText(parameters, "taskDefinition") ?? "");
  const [family = "", revision] = name.split(":");
  const definition = context.fleet.definitions.find((one) =>
    one.family === family &&
    (revision === undefined || one.revision === Number(revision))
  );
  if (definition === undefined) {
    throw new ApiError(
      "ClientException",
      "Unable to describe task definition.",
    );
  }
  return {
    taskDefinition: {
      taskDefinitionArn: formatDefinitionArn(family, definition.revision),
      family,
      revision: definition.revision,
      status: "ACTIVE",
      networkMode: definition.launchType === "FARGATE" ? "awsvpc" : "bridge",
      requiresCompatibilities: [definition.launchType],
      compatibilities: [definition.launchType],
      cpu: "256",
      memory: "512",
      volumes: [],
      placementConstraints: [],
      containerDefinitions: definition.containers.map((container, i) => ({
        name: container,
        image: `${account}.dkr.ecr.${region}.amazonaws.com/${container}:1`,
        essential: i === 0,
        cpu: 0,
        portMappings: [],
        environment: [],
        mountPoints: [],
        volumesFrom: [],
      })),
    },
    tags: [],
  };
}

function describeContainerInstances(
  context: ApiContext,
  parameters: Parameters,
): object {
  const cluster = requireCluster(context, parameters);
  const containerInstances: object[] = [];
  const failures: object[] = [];
  for (const name of readList(parameters, "containerInstances")) {
    const arn = cluster.tasks.map((task) => task.containerInstanceArn)
      .find((one) => one !== undefined && shortenArn(one) === shortenArn(name));
    if (arn === undefined) failures.push({ arn: name, reason: "MISSING" });
    else {
      containerInstances.push({
        containerInstanceArn: arn,
        ec2InstanceId: `i-${shortenArn(arn).slice(0, 17)}`,
        status: "ACTIVE",
        agentConnected: true,
        versionInfo: {
          agentVersion: "1.89.0",
          dockerVersion: "DockerVersion: 25.0.6",
        },
        attributes: [],
        registeredResources: [],
        remainingResources: [],
      });
    }
  }
  return { containerInstances, failures };
}
