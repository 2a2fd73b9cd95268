import type { DockerClient } from "./docker_client.ts";
import { readField } from "./exec_calls.ts";

/** How a container is doing: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerInspect. */
export interface ContainerState {
  readonly id: string;
  readonly running: boolean;
  readonly paused: boolean;
  /** When the container was last started: a changed value means a restart. */
  readonly startedAt: string | undefined;
  /** Docker's word for it: running, paused, restarting, exited, dead. */
  readonly status: string | undefined;
  readonly exitCode: number | undefined;
  readonly outOfMemory: boolean;
}

/** Reads the state in what the daemon says of a container; undefined for anything else. */
export function readContainerState(value: unknown): ContainerState | undefined {
  const id = readField(value, "Id");
  const state = readField(value, "State");
  if (typeof id !== "string") return undefined;
  const text = (name: string) => {
    const field = readField(state, name);
    return typeof field === "string" && field !== "" ? field : undefined;
  };
  const code = readField(state, "ExitCode");
  return {
    id,
    running: readField(state, "Running") === true,
    paused: readField(state, "Paused") === true,
    startedAt: text("StartedAt"),
    status: text("Status"),
    exitCode: typeof code === "number" ? code : undefined,
    outOfMemory: readField(state, "OOMKilled") === true,
  };
}

/** Asks how a container is doing; "gone" where the daemon does not know it, undefined where it does not say. */
export async function inspectContainer(
  client: DockerClient,
  id: string,
): Promise<ContainerState | "gone" | undefined> {
  const answer = await client.call({
    method: "GET",
    path: `/containers/${encodeURIComponent(id)}/json`,
  });
  return answer.status === 404 ? "gone" : readContainerState(answer.value);
}
