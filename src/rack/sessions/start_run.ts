import type {
  ContainerDefinition,
  ContainerOverride,
  TaskDefinition,
} from "../../access/access.ts";
import { PortholeError } from "../../errors.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { explainFailures } from "../../task/explain_start.ts";
import { isSwallowed } from "../../task/is_swallowed.ts";
import { layOverrides } from "../../task/lay_overrides.ts";
import { Refusal } from "../refusal.ts";
import { RUN_TAGS, type StartRun } from "./session_ports.ts";

/** How long a task that was run may last, in seconds. */
const LIMIT_SECONDS = 3_600;

/**
 * Ends a command that lasts longer than so many seconds, and hands on the TERM of StopTask: the first process of a
 * container gets only those signals it listens for. Its status is the command's.
 */
const LIMIT = `sh -c "$1" & p=$!;` +
  `trap "kill $p" TERM INT HUP;` +
  `(sleep ${LIMIT_SECONDS};kill $p;sleep 10;kill -9 $p) & w=$!;` +
  `while :;do wait $p;r=$?;kill -0 $p 2>/dev/null||break;done;` +
  `kill $w;exit $r`;

/** Starts a task like a service's, which is its caller's own by its tags. */
export const startRun: StartRun = async (call, ports) => {
  const { caller, app, service: name, generation } = call;
  const { access, audit, rack } = ports;
  const { command } = call;
  if (command === undefined) {
    throw new Refusal(400, "the header Command is missing");
  }
  const [service, ecsExec] = await Promise.all([
    access.describeService(app, name),
    ports.readEcsExec(),
  ]);
  const definition = await access.describeTaskDefinition(
    service.taskDefinitionArn,
  );
  const { name: container, entryPoint = [] } = findContainer(definition);
  if (isSwallowed(entryPoint)) {
    throw new Refusal(
      409,
      `the ENTRYPOINT of container "${container}" in the task definition ${
        nameOfArn(definition.arn)
      } runs a script of its own, and not the command`,
    );
  }
  const executeCommand = ecsExec === "Yes" && generation === 2;
  refuseUnfit(definition, executeCommand);
  const memory: ContainerOverride = {
    name: container,
    ...(call.memory === undefined ? {} : { memory: call.memory }),
  };
  const overrides = lay(memory, command, call.environment);
  await audit.write({
    event: "run",
    user: caller.name,
    address: caller.address,
    verb: "run",
    app,
    service: name,
    container,
    command,
    revision: nameOfArn(definition.arn),
  });
  const isFargate = service.capacityProviderStrategy.length === 0
    ? service.launchType === "FARGATE"
    : service.capacityProviderStrategy.every(({ name }) =>
      /^FARGATE/.test(name)
    );
  const { tasks, failures } = await access.startTasks({
    cluster: service.clusterArn,
    taskDefinitionArn: definition.arn,
    count: 1,
    ...(service.launchType === undefined
      ? {}
      : { launchType: service.launchType }),
    capacityProviderStrategy: service.capacityProviderStrategy,
    ...(service.platformVersion === undefined || !isFargate
      ? {}
      : { platformVersion: service.platformVersion }),
    ...(service.network === undefined || definition.networkMode !== "awsvpc"
      ? {}
      : { network: service.network }),
    executeCommand,
    overrides,
    tags: [
      { key: RUN_TAGS.rack, value: rack },
      { key: RUN_TAGS.user, value: caller.id },
      { key: RUN_TAGS.service, value: name },
    ],
    propagateTags: false,
    startedBy: `porthole-${crypto.randomUUID().slice(0, 18)}`,
    clientToken: crypto.randomUUID(),
  });
  const [task] = tasks;
  if (task !== undefined) return task;
  throw explainFailures(failures, 1);
};

/** The first one, as exec takes it. */
function findContainer(
  { arn, containers }: TaskDefinition,
): ContainerDefinition {
  const [first] = containers;
  if (first !== undefined) return first;
  throw new Refusal(
    409,
    `the task definition ${nameOfArn(arn)} has no container`,
  );
}

function refuseUnfit(
  { arn, osFamily, taskRoleArn }: TaskDefinition,
  executeCommand: boolean,
): void {
  const name = nameOfArn(arn);
  if (osFamily?.toUpperCase().startsWith("WINDOWS")) {
    throw new Refusal(
      409,
      `the task definition ${name} is for Windows: keeping its container open needs a POSIX shell`,
    );
  }
  if (executeCommand && taskRoleArn === undefined) {
    throw new Refusal(
      409,
      `the task definition ${name} has no task role, which ECS Exec needs`,
    );
  }
}

/** @throws {Refusal} for more than RunTask accepts. */
function lay(
  memory: ContainerOverride,
  command: string,
  variables: readonly { readonly name: string; readonly value: string }[],
) {
  try {
    return layOverrides({ containerOverrides: [memory] }, {
      container: memory.name,
      command: ["sh", "-c", LIMIT, "porthole", command],
      variables,
    });
  } catch (error) {
    if (!(error instanceof PortholeError)) throw error;
    throw new Refusal(400, error.message, error.hint);
  }
}
