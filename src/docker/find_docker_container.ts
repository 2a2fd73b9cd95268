import { PortholeError } from "../errors.ts";
import { nameOfArn } from "../name_of_arn.ts";
import { quoteValue } from "../quote_value.ts";
import type { DockerClient } from "./docker_client.ts";
import { describeRefusal, readField } from "./exec_calls.ts";

/** A container as ECS names it. */
export interface EcsContainerName {
  readonly taskArn: string;
  readonly containerName: string;
  /** Docker's id, where DescribeTasks told it. */
  readonly runtimeId?: string | undefined;
}

/** The labels that the ECS agent puts on: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html. */
const TASK_LABEL = "com.amazonaws.ecs.task-arn";
const NAME_LABEL = "com.amazonaws.ecs.container-name";

/**
 * Finds a task's container on its Docker host and returns Docker's id: by the runtime id, else by ECS's labels.
 *
 * @throws PortholeError container_not_found, also for one that does not run; docker_refused
 */
export async function findDockerContainer(
  client: DockerClient,
  name: EcsContainerName,
): Promise<string> {
  return await findById(client, name) ?? await findByLabels(client, name);
}

async function findById(
  client: DockerClient,
  name: EcsContainerName,
): Promise<string | undefined> {
  if (name.runtimeId === undefined) return undefined;
  const answer = await client.call({
    method: "GET",
    path: `/containers/${encodeURIComponent(name.runtimeId)}/json`,
  });
  if (answer.status === 404) return undefined;
  const id = readField(answer.value, "Id");
  if (answer.status !== 200 || typeof id !== "string") {
    throw new PortholeError(
      "docker_refused",
      `Cannot look for container ${
        quoteValue(name.containerName)
      }: the Docker daemon said ${describeRefusal(answer)}`,
    );
  }
  const state = readField(answer.value, "State");
  if (readField(state, "Running") === true) return id;
  throw notFound(
    client,
    name,
    `it is ${readField(state, "Status") ?? "not running"}`,
  );
}

async function findByLabels(
  client: DockerClient,
  name: EcsContainerName,
): Promise<string> {
  const filters = JSON.stringify({
    label: [
      `${TASK_LABEL}=${name.taskArn}`,
      `${NAME_LABEL}=${name.containerName}`,
    ],
  });
  const answer = await client.call({
    method: "GET",
    path: `/containers/json?filters=${encodeURIComponent(filters)}`,
  });
  if (answer.status !== 200 || !Array.isArray(answer.value)) {
    throw new PortholeError(
      "docker_refused",
      `Cannot list the containers of ${client.address}: the Docker daemon said ${
        describeRefusal(answer)
      }`,
    );
  }
  const id = readField(answer.value[0], "Id");
  if (typeof id === "string") return id;
  throw notFound(client, name, "no container there carries the task's labels");
}

function notFound(
  client: DockerClient,
  { containerName, taskArn }: EcsContainerName,
  why: string,
): PortholeError {
  return new PortholeError(
    "container_not_found",
    `Cannot find container ${quoteValue(containerName)} of task ${
      nameOfArn(taskArn)
    } on the Docker host ${client.address}: ${why}`,
    {
      hint:
        "the task may have stopped, or exec.docker.host names another machine",
    },
  );
}
