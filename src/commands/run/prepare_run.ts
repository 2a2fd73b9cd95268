import { present } from "../../present.ts";
import type {
  AwsAccess,
  ContainerDefinition,
  Service,
  StartRequest,
  Tag,
  TaskDefinition,
  TaskOverrides,
} from "../../access/access.ts";
import type { RunInvocation, RunMode } from "../../args/invocation.ts";
import { usageError } from "../../args/usage_error.ts";
import { closestName } from "../../closest_name.ts";
import type { Config } from "../../config/config.ts";
import type { Deps } from "../../deps.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { quotePath, quoteValue } from "../../quote_value.ts";
import { decideRoute } from "../../route/decide_route.ts";
import { readRouteSettings } from "../../route/read_route_settings.ts";
import type { Route } from "../../route/route.ts";
import { wordsOfLine } from "../../session/wrap_command.ts";
import { holdCommand } from "../../task/hold_command.ts";
import { layOverrides } from "../../task/lay_overrides.ts";
import { parseOverrides } from "../../task/parse_overrides.ts";
import { findService } from "../../start/find_service.ts";

/** RunTask itself takes overrides of 8 KiB. */
const MOST_FILE_BYTES = 1024 * 1024;

/** A task that is decided in every point; nothing of it has been started yet. */
export interface PreparedRun {
  readonly service: Service;
  readonly definition: TaskDefinition;
  readonly container: ContainerDefinition;
  readonly request: StartRequest;
  /** What holds the container open, where its image's entry point is to be gone without. */
  readonly entryPoint?: readonly string[];
  /** The route to the container, as far as it is known now; absent without a session. */
  readonly route?: Route;
}

/** What it is prepared with. */
export interface RunTools {
  readonly config: Config;
  readonly access: AwsAccess;
  readonly deps: Deps;
  readonly log: Log;
}

/**
 * Finds the service and decides what its task will be like; it only reads, and asks where it has to.
 *
 * @throws {PortholeError} for all that can be known to fail.
 */
export async function prepareRun(
  invocation: RunInvocation,
  tools: RunTools,
): Promise<PreparedRun> {
  const { config, access, deps, log } = tools;
  const service = await findService(
    access,
    {
      flags: invocation,
      config,
      doing: "start a task",
      usage: "porthole run SERVICE -- COMMAND",
      deps,
      log,
    },
    (cluster, service) =>
      access.describeService(cluster, service, {
        tags: invocation.propagateTags === "service",
      }),
  );
  const definition = await access.describeTaskDefinition(
    nameDefinition(invocation, service),
  );
  const container = chooseContainer(invocation, definition);
  const { mode } = invocation;
  const file = await readOverrides(invocation, definition, tools);
  refuseTwoCommands(invocation, file, container);
  const executeCommand = decideExecuteCommand(mode, config, {
    definition,
    file,
  });
  const launchType = readLaunchType(service);
  const route = mode.kind === "detached" ? undefined : decideRoute({
    ...readRouteSettings(config),
    taskId: undefined,
    launchType,
    executeCommandEnabled: executeCommand,
    containerName: container.name,
    agent: undefined,
  });
  if (route?.kind === "none") throw route.error;
  if (mode.kind === "attached") refuseWindows(definition);
  const replaces = mode.kind === "attached" && mode.replaceEntryPoint;
  const hold = mode.kind === "attached"
    ? holdCommand(mode.maxDurationMs)
    : undefined;
  const command = hold === undefined
    ? wordsToRun(invocation)
    : replaces
    ? undefined
    : hold;
  return {
    service,
    definition,
    container,
    request: {
      cluster: service.clusterArn,
      taskDefinitionArn: definition.arn,
      count: mode.kind === "detached" ? mode.count : 1,
      ...present({ launchType: service.launchType }),
      capacityProviderStrategy: service.capacityProviderStrategy,
      // Other machines have none, and AWS refuses it for them.
      ...(service.platformVersion === undefined || launchType !== "FARGATE"
        ? {}
        : { platformVersion: service.platformVersion }),
      ...(service.network === undefined || definition.networkMode !== "awsvpc"
        ? {}
        : { network: service.network }),
      executeCommand,
      overrides: layOverrides(file, {
        container: container.name,
        command,
        variables: invocation.variables,
        cpu: invocation.cpu,
        memory: invocation.memory,
      }),
      tags: layTags(invocation, service),
      propagateTags: invocation.propagateTags === "task-definition",
      startedBy: `porthole-${crypto.randomUUID().slice(0, 18)}`,
      clientToken: crypto.randomUUID(),
    },
    ...(replaces && hold !== undefined ? { entryPoint: hold } : {}),
    ...present({ route }),
  };
}

function nameDefinition(
  { taskDefinition, revision }: RunInvocation,
  { taskDefinitionArn }: Service,
): string {
  const named = taskDefinition ?? taskDefinitionArn;
  if (revision === undefined) return named;
  const family = nameOfArn(named).replace(/:\d+$/, "");
  return revision === "latest" ? family : `${family}:${revision}`;
}

function chooseContainer(
  { container: name }: RunInvocation,
  { arn, containers }: TaskDefinition,
): ContainerDefinition {
  const found = name === undefined
    ? containers[0]
    : containers.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = containers.map((one) => one.name);
  const near = name && closestName(name, names);
  throw new PortholeError(
    "container_not_found",
    `Cannot find container "${name ?? ""}" in task definition "${
      nameOfArn(arn)
    }": it has ${names.map((one) => `"${one}"`).join(", ") || "none"}`,
    { hint: near ? `did you mean "${near}"?` : undefined },
  );
}

/** ECS Exec is on unless it was decided against; AWS does not turn it on without a task role. */
function decideExecuteCommand(
  { kind }: RunMode,
  { ecsExec }: Pick<Config, "ecsExec">,
  { definition, file }: {
    readonly definition: TaskDefinition;
    readonly file: TaskOverrides;
  },
): boolean {
  if (ecsExec?.value === "No") return false;
  if (definition.taskRoleArn ?? file["taskRoleArn"]) return true;
  if (kind === "detached" && ecsExec === undefined) return false;
  throw new PortholeError(
    "task_not_started",
    `Cannot start a task of "${
      nameOfArn(definition.arn)
    }" with ECS Exec: that needs a task role, and the task definition has none`,
    {
      hint:
        "give it one that may use Session Manager (or pass one with taskRoleArn in --overrides-file); --ecs-exec No starts it without ECS Exec",
    },
  );
}

/** What the task will run on, where the service determines that. */
function readLaunchType(
  { launchType, capacityProviderStrategy }: Service,
): string | undefined {
  const [provider, ...others] = capacityProviderStrategy;
  if (provider === undefined) return launchType;
  // AWS does not mix Fargate's own with others in a strategy.
  return [provider, ...others].every(({ name }) => /^FARGATE/.test(name))
    ? "FARGATE"
    : undefined;
}

function refuseWindows({ arn, osFamily }: TaskDefinition): void {
  if (!osFamily?.toUpperCase().startsWith("WINDOWS")) return;
  throw new PortholeError(
    "usage",
    `Cannot open a session in a task of "${
      nameOfArn(arn)
    }": keeping the container open needs a POSIX shell, and this task definition is for Windows`,
    {
      hint:
        "-d runs the command without a session; porthole exec opens sessions in the tasks of a service",
    },
  );
}

/** The container's own command in a detached task; undefined leaves it what it is. */
function wordsToRun({ command }: RunInvocation): readonly string[] | undefined {
  switch (command.kind) {
    case "argv":
      return command.argv;
    case "line":
      return wordsOfLine(command.line);
    case "shell":
      return undefined;
  }
}

async function readOverrides(
  { overridesFile: path }: RunInvocation,
  { containers }: TaskDefinition,
  { deps }: RunTools,
): Promise<TaskOverrides> {
  if (path === undefined) return {};
  let text: string;
  try {
    text = await deps.readTextFile(path, { mostBytes: MOST_FILE_BYTES });
  } catch (error) {
    throw new PortholeError(
      "io_failed",
      `Cannot read ${quotePath(path)}: ${
        error instanceof Deno.errors.NotFound
          ? "there is no such file"
          : messageOf(error)
      }`,
      { cause: error },
    );
  }
  return parseOverrides(path, text, containers.map(({ name }) => name));
}

/** The words after `--` would silently go before the file's, and so would what holds a container. */
function refuseTwoCommands(
  { overridesFile, mode, command }: RunInvocation,
  { containerOverrides = [] }: TaskOverrides,
  { name }: ContainerDefinition,
): void {
  const inFile = containerOverrides.find((one) => one.name === name)?.command;
  if (inFile === undefined) return;
  if (mode.kind === "attached") {
    throw usageError(
      `Cannot use the command of "${name}" in ${
        quoteValue(overridesFile ?? "")
      }: for a session, porthole keeps the container open with a command of its own`,
      "use -d to run it as the main command, or put the command after --",
    );
  }
  if (command.kind === "shell") return;
  throw usageError(
    `Cannot use the command of "${name}" in ${
      quoteValue(overridesFile ?? "")
    } with another one: each of them gives a command`,
  );
}

/** Tags that were typed win; those that begin with `aws:` are AWS's own to give. */
function layTags(
  { propagateTags, tags }: RunInvocation,
  service: Service,
): readonly Tag[] {
  const copied = propagateTags === "service"
    ? (service.tags ?? []).filter(({ key }) => !/^aws:/i.test(key))
    : [];
  return [
    ...new Map([...copied, ...tags].map((tag) => [tag.key, tag])).values(),
  ];
}
