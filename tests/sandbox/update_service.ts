import type { ApiContext, Parameters } from "./api_context.ts";
import { ApiError } from "./api_error.ts";
import { describeService } from "./describe_service.ts";
import { findService } from "./describe_services.ts";
import { findDefinition } from "./task_definitions.ts";
import { readText, requireCluster } from "./read_parameters.ts";

const parametersKnown = [
  "cluster",
  "service",
  "enableExecuteCommand",
  "forceNewDeployment",
  "taskDefinition",
];

/** UpdateService, as far as it turns ECS Exec on and off, deploys again, and deploys another revision. */
export function updateService(
  context: ApiContext,
  parameters: Parameters,
): object {
  const cluster = requireCluster(context, parameters);
  const service = findService(cluster, readText(parameters, "service") ?? "");
  if (service === undefined) {
    throw new ApiError("ServiceNotFoundException", "Service not found.");
  }
  const other = Object.keys(parameters).find((name) =>
    !parametersKnown.includes(name)
  );
  if (other !== undefined) {
    throw invalid(`The sandbox does not update ${other}.`);
  }
  const enable = readFlag(parameters, "enableExecuteCommand");
  const force = readFlag(parameters, "forceNewDeployment") ?? false;
  const named = readText(parameters, "taskDefinition");
  const definition = named === undefined
    ? undefined
    : findDefinition(context, named);
  if (
    named !== undefined && (definition === undefined || definition.inactive)
  ) {
    throw new ApiError("ClientException", "TaskDefinition is inactive");
  }
  if (force && service.controller === "CODE_DEPLOY") {
    throw invalid(
      "Cannot force a new deployment on services with a CODE_DEPLOY " +
        "deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
    );
  }
  if (force && service.controller === "EXTERNAL") {
    // The text is ours: no public record of AWS's own was found.
    throw invalid(
      "Cannot force a new deployment on services with an EXTERNAL deployment controller.",
    );
  }
  if (enable === true && context.options.definition.taskRole === false) {
    throw invalid(
      "The service couldn't be updated because a valid taskRoleArn is not " +
        "being used. Specify a valid task role in your task definition and try again.",
    );
  }
  // It bears on tasks that start from now on, and is itself no reason to deploy.
  if (enable !== undefined) service.execEnabled = enable;
  const isOther = definition !== undefined &&
    (definition.family !== service.family ||
      definition.revision !== service.revision);
  if (isOther) {
    service.family = definition.family;
    service.revision = definition.revision;
  }
  if (force || isOther) context.deploy(cluster, service);
  return { service: describeService(context, cluster, service) };
}

function readFlag(parameters: Parameters, name: string): boolean | undefined {
  const value = parameters[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "boolean") {
    throw new ApiError(
      "SerializationException",
      `${typeof value} value cannot be converted to Boolean`,
    );
  }
  return value;
}

function invalid(message: string): ApiError {
  return new ApiError("InvalidParameterException", message);
}
