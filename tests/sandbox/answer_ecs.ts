import type { ApiContext, Parameters } from "./api_context.ts";
import { ApiError } from "./api_error.ts";
import {
  describeClusters,
  describeServices,
  findService,
  listServices,
} from "./describe_services.ts";
import { describeTask } from "./describe_task.ts";
import { executeCommand } from "./execute_command.ts";
import {
  account,
  isWanted,
  nameInstance,
  region,
  shortenArn,
} from "./fleet.ts";
import {
  checkTaskId,
  listPage,
  readList,
  readText,
  requireCluster,
} from "./read_parameters.ts";
import { runTask, stopTask } from "./run_task.ts";
import {
  deregisterTaskDefinition,
  describeTaskDefinition,
  registerTaskDefinition,
} from "./task_definitions.ts";
import { updateService } from "./update_service.ts";

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
    case "UpdateService":
      return updateService(context, parameters);
    case "ListTasks":
      return listTasks(context, parameters);
    case "DescribeTasks":
      return describeTasks(context, parameters);
    case "DescribeTaskDefinition":
      return describeTaskDefinition(context, parameters);
    case "DescribeContainerInstances":
      return describeContainerInstances(context, parameters);
    case "RegisterTaskDefinition":
      return registerTaskDefinition(context, parameters);
    case "DeregisterTaskDefinition":
      return deregisterTaskDefinition(context, parameters);
    case "RunTask":
      return runTask(context, parameters);
    case "StopTask":
      return stopTask(context, parameters);
    case "ExecuteCommand":
      return executeCommand(context, parameters);
    default:
      throw new ApiError("UnknownOperationException", "");
  }
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
    (startedBy === undefined ||
      (task.run?.startedBy ?? task.deploymentId) === startedBy) &&
    isWanted(task) === (desired !== "STOPPED")
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

function describeContainerInstances(
  context: ApiContext,
  parameters: Parameters,
): object {
  const cluster = requireCluster(context, parameters);
  const containerInstances: object[] = [];
  const failures: object[] = [];
  for (const name of readList(parameters, "containerInstances")) {
    const task = cluster.tasks.find(({ containerInstanceArn: arn }) =>
      arn !== undefined && shortenArn(arn) === shortenArn(name)
    );
    const arn = task?.containerInstanceArn;
    if (task === undefined || arn === undefined) {
      failures.push({ arn: name, reason: "MISSING" });
    } else {
      containerInstances.push({
        containerInstanceArn: arn,
        ec2InstanceId: nameInstance(task),
        status: "ACTIVE",
        agentConnected: true,
        versionInfo: {
          agentVersion: context.options.ecsAgentVersion,
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
