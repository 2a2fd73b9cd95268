import type { ApiContext, Parameters } from "./api_context.ts";
import { ApiError } from "./api_error.ts";
import {
  account,
  formatDefinitionArn,
  region,
  shortenArn,
  type TaskDefinition,
} from "./fleet.ts";
import { describeLogs } from "./log_store.ts";
import { rackName } from "./rack_service.ts";
import { readText } from "./read_parameters.ts";

/** A container of a task definition, as far as the sandbox makes use of it. */
export type ContainerDefinition = {
  readonly name: string;
  readonly essential?: boolean;
  readonly entryPoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: readonly {
    readonly name: string;
    readonly value: string;
  }[];
};

/** A task definition, as far as the sandbox makes use of it. */
export type DescribedDefinition = {
  readonly taskDefinitionArn: string;
  readonly family: string;
  readonly revision: number;
  readonly status: "ACTIVE" | "INACTIVE";
  readonly networkMode: string;
  readonly taskRoleArn?: string;
  readonly executionRoleArn?: string;
  readonly requiresCompatibilities: readonly string[];
  readonly containerDefinitions: readonly ContainerDefinition[];
};

/** DescribeTaskDefinition. */
export function describeTaskDefinition(
  context: ApiContext,
  parameters: Parameters,
): object {
  const definition = findDefinition(
    context,
    readText(parameters, "taskDefinition") ?? "",
  );
  if (definition === undefined) {
    throw new ApiError(
      "ClientException",
      "Unable to describe task definition.",
    );
  }
  return { taskDefinition: describeDefinition(context, definition), tags: [] };
}

/** Finds a task definition by family, family and revision, or ARN; without a revision the newest active one. */
export function findDefinition(
  { fleet }: ApiContext,
  nameOrArn: string,
): TaskDefinition | undefined {
  const [family, revision] = shortenArn(nameOrArn).split(":");
  return fleet.definitions.findLast((one) =>
    one.family === family &&
    (revision === undefined ? !one.inactive : one.revision === Number(revision))
  );
}

/** A task definition as DescribeTaskDefinition shows it. */
export function describeDefinition(
  context: ApiContext,
  definition: TaskDefinition,
): DescribedDefinition {
  const { family, revision, launchType, registered } = definition;
  const options = context.options.definition;
  const names = {
    taskDefinitionArn: formatDefinitionArn(family, revision),
    family,
    revision,
    status: definition.inactive ? "INACTIVE" : "ACTIVE",
    compatibilities: [launchType],
    requiresAttributes: [{
      name: "com.amazonaws.ecs.capability.docker-remote-api.1.18",
    }],
    registeredAt: (context.now() - context.age()) / 1000,
    registeredBy: `arn:aws:iam::${account}:user/sandbox`,
  } as const;
  if (registered !== undefined) {
    return { ...registered, ...names } as unknown as DescribedDefinition;
  }
  return {
    ...names,
    networkMode: launchType === "FARGATE" ? "awsvpc" : "bridge",
    requiresCompatibilities: [launchType],
    executionRoleArn: `arn:aws:iam::${account}:role/sandbox-execution`,
    ...(options.taskRole === false ? {} : {
      // Nobody may enter what runs with a rack's role.
      taskRoleArn: `arn:aws:iam::${account}:role/sandbox-${
        family === rackName ? "rack" : "task"
      }`,
    }),
    ...(options.pidMode === undefined ? {} : { pidMode: options.pidMode }),
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
      environment: Object.entries(options.environment ?? {})
        .map(([name, value]) => ({ name, value })),
      secrets: (options.secrets ?? []).map((name) => ({
        name,
        valueFrom: `arn:aws:ssm:${region}:${account}:parameter/${name}`,
      })),
      readonlyRootFilesystem: options.readonlyRootFilesystem ?? false,
      linuxParameters: {
        initProcessEnabled: options.initProcessEnabled ?? true,
      },
      ...describeLogs(context.options, container, family),
      mountPoints: [],
      volumesFrom: [],
      ...(family === rackName
        ? {
          dockerLabels: {
            "rack.ECSExec": context.options.rack?.ecsExec ?? "Yes",
          },
        }
        : {}),
    })),
  } as DescribedDefinition;
}

/** What DescribeTaskDefinition tells and RegisterTaskDefinition does not take. */
const readOnlyKeys = [
  "taskDefinitionArn",
  "revision",
  "status",
  "requiresAttributes",
  "compatibilities",
  "registeredAt",
  "registeredBy",
  "deregisteredAt",
];

/** RegisterTaskDefinition: the next revision of a family, or its first. */
export function registerTaskDefinition(
  context: ApiContext,
  parameters: Parameters,
): object {
  const wrong = readOnlyKeys.find((key) => key in parameters);
  if (wrong !== undefined) {
    throw new ApiError("SerializationException", `Unknown parameter ${wrong}`);
  }
  const family = readText(parameters, "family") ?? "";
  if (!/^[\w-]{1,255}$/.test(family)) {
    throw new ApiError(
      "ClientException",
      "Family contains invalid characters.",
    );
  }
  refusePassRole(context, [
    readText(parameters, "taskRoleArn"),
    readText(parameters, "executionRoleArn"),
  ]);
  const containers = parameters["containerDefinitions"];
  if (!Array.isArray(containers) || containers.length === 0) {
    throw new ApiError(
      "ClientException",
      "Container list cannot be empty.",
    );
  }
  const [launchType] =
    (parameters["requiresCompatibilities"] ?? []) as readonly (
      TaskDefinition["launchType"]
    )[];
  const { tags = [], ...registered } = parameters;
  const { definitions } = context.fleet;
  const definition: TaskDefinition = {
    family,
    revision: 1 + Math.max(
      0,
      ...definitions.filter((one) => one.family === family)
        .map(({ revision }) => revision),
    ),
    containers: (containers as readonly ContainerDefinition[])
      .map(({ name }) => name),
    launchType: launchType ?? "EC2",
    registered,
  };
  definitions.push(definition);
  return { taskDefinition: describeDefinition(context, definition), tags };
}

/** DeregisterTaskDefinition: the tasks that it has started go on. */
export function deregisterTaskDefinition(
  context: ApiContext,
  parameters: Parameters,
): object {
  const name = readText(parameters, "taskDefinition") ?? "";
  const definition = findDefinition(context, name);
  if (definition === undefined || !name.includes(":")) {
    throw new ApiError(
      "ClientException",
      "The specified task definition does not exist.",
    );
  }
  definition.inactive = true;
  return { taskDefinition: describeDefinition(context, definition) };
}

/** Handing a role to ECS takes the right to pass it. */
export function refusePassRole(
  { options }: ApiContext,
  roles: readonly (string | undefined)[],
): void {
  const role = roles.find((one) => one !== undefined);
  if (role === undefined || !options.deny.includes("iam:PassRole")) return;
  throw new ApiError(
    "AccessDeniedException",
    `User: arn:aws:iam::${account}:user/sandbox is not authorized to perform: ` +
      `iam:PassRole on resource: ${role} because no identity-based policy ` +
      "allows the iam:PassRole action",
  );
}
