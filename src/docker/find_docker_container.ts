import { PortholeError } from "../errors.ts";
import { nameOfArn } from "../name_of_arn.ts";
import { quoteValue } from "../quote_value.ts";
import type { DockerClient } from "./docker_client.ts";
import { describeRefusal, readField } from "./exec_calls.ts";
import {
  type ContainerState,
  readContainerState,
} from "./inspect_container.ts";

/** A container as ECS names it. */
export interface EcsContainerName {
  readonly taskArn: string;
  readonly containerName: string;
  /** Docker's id, where DescribeTasks reports it. */
  readonly runtimeId?: string | undefined;
}

/** The labels that the ECS agent puts on: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html. */
const TASK_LABEL = "com.amazonaws.ecs.task-arn";
const NAME_LABEL = "com.amazonaws.ecs.container-name";

/**
 * Finds a task's container on its Docker host: by the runtime id, else by ECS's labels.
 *
 * @throws PortholeError container_not_found, also for one that does not run or is paused; docker_refused
 */
export async function findDockerContainer(
  client: DockerClient,
  name: EcsContainerName,
): Promise<ContainerState> {
  const { runtimeId } = name;
  const found = runtimeId === undefined
    ? "gone"
    : await inspect(client, name, runtimeId);
  const state = found === "gone"
    ? await inspect(client, name, await findByLabels(client, name))
    : found;
  if (state === "gone") throw notFound(client, name, "it is gone");
  if (!state.running) {
    throw notFound(client, name, `it is ${state.status ?? "not running"}`);
  }
  if (state.paused) {
    throw notFound(
      client,
      name,
      "it is paused, and nothing can start in it",
      `"docker unpause ${state.id.slice(0, 12)}" there resumes it`,
    );
  }
  return state;
}

async function inspect(
  client: DockerClient,
  { containerName }: EcsContainerName,
  id: string,
): Promise<ContainerState | "gone"> {
  const answer = await client.call({
    method: "GET",
    path: `/containers/${encodeURIComponent(id)}/json`,
  });
  if (answer.status === 404) return "gone";
  const state = answer.status === 200
    ? readContainerState(answer.value)
    : undefined;
  if (state !== undefined) return state;
  throw new PortholeError(
    "docker_refused",
    `Cannot look for container ${
      quoteValue(containerName)
    }: the Docker daemon said ${describeRefusal(answer)}`,
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
  hint = "the task may have stopped, or exec.docker.host names another machine",
): PortholeError {
  return new PortholeError(
    "container_not_found",
    `Cannot find container ${quoteValue(containerName)} of task ${
      nameOfArn(taskArn)
    } on the Docker host ${client.address}: ${why}`,
    { hint },
  );
}
