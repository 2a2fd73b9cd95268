import type { ApiContext, Parameters } from "./api_context.ts";
import { ApiError } from "./api_error.ts";
import { describeTask } from "./describe_task.ts";
import type { LaunchType } from "./fleet.ts";
import type { TaskPlan } from "./open_task_runs.ts";
import { checkTaskId, readText, requireCluster } from "./read_parameters.ts";
import {
  type DescribedDefinition,
  describeDefinition,
  findDefinition,
  refusePassRole,
} from "./task_definitions.ts";

/** What a container's image runs when nothing says otherwise: it serves, so to speak. */
const imageCommand = ["sleep", "86400"];

/** What of a container override the sandbox heeds. */
type ContainerOverride = {
  readonly name?: string;
  readonly command?: readonly string[];
  readonly environment?: readonly {
    readonly name: string;
    readonly value: string;
  }[];
};

/** RunTask: starts real processes, or refuses as ECS does. The texts that AWS is known for are AWS's. */
export function runTask(context: ApiContext, parameters: Parameters): object {
  const { options, runs } = context;
  const cluster = requireCluster(context, parameters);
  const known = repeat(context, parameters);
  if (known !== undefined) return known;
  const found = findDefinition(
    context,
    readText(parameters, "taskDefinition") ?? "",
  );
  if (found === undefined) throw client("TaskDefinition not found.");
  const definition = describeDefinition(context, found);
  if (definition.status === "INACTIVE") {
    throw client("TaskDefinition is inactive");
  }
  const count = parameters["count"] ?? 1;
  if (typeof count !== "number" || count < 1 || count > 10) {
    throw invalid("count must be between 1 and 10.");
  }
  const launchType = readLaunchType(parameters, definition);
  checkNetwork(parameters, definition);
  checkStartedBy(parameters);
  const tags = readTags(parameters);
  const overrides = readOverrides(parameters, definition);
  if (parameters["enableExecuteCommand"] && !definition.taskRoleArn) {
    throw invalid(
      "The task definition has no task role, which execute command takes.",
    );
  }
  refusePassRole(context, [
    definition.taskRoleArn,
    definition.executionRoleArn,
  ]);

  const failures = options.runTask.failures;
  const plan: TaskPlan = {
    cluster,
    family: definition.family,
    revision: definition.revision,
    launchType,
    execEnabled: parameters["enableExecuteCommand"] === true,
    startedBy: readText(parameters, "startedBy"),
    group: readText(parameters, "group") ?? `family:${definition.family}`,
    tags,
    overrides: parameters["overrides"] ?? {},
    containers: new Map(
      definition.containerDefinitions.map((container) => {
        const override = overrides.find(({ name }) => name === container.name);
        const entryPoint = container.entryPoint ??
          options.runTask.entryPoints[container.name] ?? [];
        const command = override?.command ?? container.command ??
          // An entry point of the task definition takes the image's command away.
          (container.entryPoint === undefined ? imageCommand : []);
        return [container.name, {
          essential: container.essential ?? true,
          words: [...entryPoint, ...command],
          environment: Object.fromEntries(
            [...container.environment ?? [], ...override?.environment ?? []]
              .map(({ name, value }) => [name, value]),
          ),
        }];
      }),
    ),
  };
  const tasks = Array.from(
    { length: Math.max(0, count - failures.length) },
    () => runs.start(plan),
  );
  const describe = () => ({
    tasks: tasks.map((task) => describeTask(context, task)),
    failures,
  });
  const token = readText(parameters, "clientToken");
  if (token !== undefined) {
    context.clientTokens.set(token, {
      request: JSON.stringify(parameters),
      answer: describe,
    });
  }
  return describe();
}

/** A request with a token that has been here gets its answer again, and starts nothing. */
function repeat(
  { clientTokens }: ApiContext,
  parameters: Parameters,
): object | undefined {
  const before = clientTokens.get(readText(parameters, "clientToken") ?? "");
  if (before === undefined) return undefined;
  if (before.request === JSON.stringify(parameters)) return before.answer();
  throw new ApiError(
    "ConflictException",
    "The clientToken has been used with other parameters.",
  );
}

function readLaunchType(
  parameters: Parameters,
  { requiresCompatibilities }: DescribedDefinition,
): LaunchType {
  const launchType = readText(parameters, "launchType") as
    | LaunchType
    | undefined;
  const strategy = (parameters["capacityProviderStrategy"] ?? []) as readonly {
    readonly capacityProvider: string;
  }[];
  const [provider] = strategy;
  if (launchType !== undefined && provider !== undefined) {
    throw invalid(
      "Specifying both a launch type and capacity provider strategy is not " +
        "supported. Remove one and try again.",
    );
  }
  const chosen = launchType ??
    (provider?.capacityProvider.startsWith("FARGATE") ? "FARGATE" : "EC2");
  if (chosen !== "FARGATE" && parameters["platformVersion"] !== undefined) {
    throw invalid(
      `The platform version must be null when specifying an ${chosen} launch type.`,
    );
  }
  if (
    requiresCompatibilities.length > 0 &&
    !requiresCompatibilities.includes(chosen)
  ) {
    throw invalid(
      `Task definition does not support launch_type ${chosen}.`,
    );
  }
  return chosen;
}

function checkNetwork(
  parameters: Parameters,
  { networkMode }: DescribedDefinition,
): void {
  const network = parameters["networkConfiguration"] as
    | {
      readonly awsvpcConfiguration?: { readonly subnets?: readonly string[] };
    }
    | undefined;
  if (networkMode !== "awsvpc") {
    if (network === undefined) return;
    throw invalid(
      "Network Configuration is not valid for the given networkMode of this " +
        "task definition.",
    );
  }
  if (network === undefined) {
    throw invalid(
      "Network Configuration must be provided when networkMode 'awsvpc' is " +
        "specified.",
    );
  }
  if (!network.awsvpcConfiguration?.subnets?.length) {
    throw invalid("subnets can not be empty.");
  }
}

function checkStartedBy(parameters: Parameters): void {
  const startedBy = readText(parameters, "startedBy");
  if (startedBy === undefined || /^[\w/-]{1,128}$/.test(startedBy)) return;
  throw invalid("startedBy has invalid characters or is too long.");
}

function readTags(parameters: Parameters): readonly object[] {
  if (
    parameters["propagateTags"] !== undefined &&
    parameters["propagateTags"] !== "TASK_DEFINITION" &&
    parameters["propagateTags"] !== "NONE"
  ) throw invalid("SERVICE is not a valid value for propagateTags of RunTask.");
  const tags = (parameters["tags"] ?? []) as readonly {
    readonly key: string;
    readonly value?: string;
  }[];
  const keys = tags.map(({ key }) => key);
  if (tags.length > 50) throw invalid("There are more than 50 tags.");
  if (new Set(keys).size < keys.length) {
    throw invalid(
      "Duplicate tag keys found. Please note that tag keys are case insensitive.",
    );
  }
  if (keys.some((key) => /^aws:/i.test(key))) {
    throw invalid("Tag keys must not begin with aws:.");
  }
  return tags;
}

function readOverrides(
  parameters: Parameters,
  { containerDefinitions }: DescribedDefinition,
): readonly ContainerOverride[] {
  const overrides = (parameters["overrides"] ?? {}) as {
    readonly containerOverrides?: readonly ContainerOverride[];
  };
  if (JSON.stringify(overrides).length > 8192) {
    throw invalid("Container Overrides length must be at most 8192");
  }
  const given = overrides.containerOverrides ?? [];
  const names = containerDefinitions.map(({ name }) => name);
  const stranger = given.find(({ name }) => !names.includes(name ?? ""));
  if (stranger !== undefined) {
    throw invalid(
      `Override for container named ${stranger.name} is not a container in ` +
        "the TaskDefinition.",
    );
  }
  return given;
}

/** StopTask: TERM, and after a while KILL; the task's services, if it has any, are not told. */
export function stopTask(context: ApiContext, parameters: Parameters): object {
  const cluster = requireCluster(context, parameters);
  const id = checkTaskId(readText(parameters, "task") ?? "", "taskId");
  const task = cluster.tasks.find(({ taskId }) => taskId === id);
  if (task === undefined) throw invalid("The referenced task was not found.");
  const reason = readText(parameters, "reason") ?? "Task stopped by user";
  if (reason.length > 1024) throw invalid("reason is too long.");
  context.stopTask(task, reason);
  return { task: describeTask(context, task) };
}

function invalid(message: string): ApiError {
  return new ApiError("InvalidParameterException", message);
}

function client(message: string): ApiError {
  return new ApiError("ClientException", message);
}
