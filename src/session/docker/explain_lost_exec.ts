import type { Deps } from "../../deps.ts";
import type { DockerClient } from "../../docker/docker_client.ts";
import {
  type ContainerState,
  inspectContainer,
} from "../../docker/inspect_container.ts";
import { PortholeError } from "../../errors.ts";
import { quoteValue } from "../../quote_value.ts";
import { within } from "../../within.ts";

/** A container as it was when a command started in it. */
export interface StartedContainer {
  readonly id: string;
  /** ECS's name for it, for texts. */
  readonly name?: string | undefined;
  readonly startedAt?: string | undefined;
}

/** How long the daemon is asked what became of a container. */
const ASK_MS = 5_000;
/** A container's end is known a little after that of what ran in it. */
const LOOK_AGAIN_MS = 250;
const LOOKS = 4;

/**
 * What became of a container under its command: the error of one that stopped or was restarted; undefined of one
 * that is well, or cannot be asked for.
 *
 * @param looks how often to look for an end that the daemon may not know of yet.
 */
export async function findContainerEnd(
  client: DockerClient,
  container: StartedContainer,
  { sleep }: Pick<Deps, "sleep">,
  looks = LOOKS,
): Promise<PortholeError | undefined> {
  const over = new AbortController();
  const look = async (): Promise<PortholeError | undefined> => {
    for (let left = looks; left > 0 && !over.signal.aborted; left--) {
      const state = await inspectContainer(client, container.id);
      const what = state && describeEnd(state, container);
      if (what !== undefined) return explainContainerEnd(container, what);
      if (left > 1) await sleep(LOOK_AGAIN_MS, over.signal);
    }
    return undefined;
  };
  try {
    return await within(ASK_MS, look().catch(() => undefined), { sleep });
  } finally {
    over.abort();
  }
}

function describeEnd(
  state: ContainerState | "gone",
  { startedAt }: StartedContainer,
): string | undefined {
  if (state === "gone") return "is gone";
  if (!state.running) return describeStopped(state);
  return startedAt !== undefined && state.startedAt !== startedAt
    ? "was restarted"
    : undefined;
}

/** Says how a container is that does not run. */
export function describeStopped(
  { status, exitCode, outOfMemory }: Pick<
    ContainerState,
    "status" | "exitCode" | "outOfMemory"
  >,
): string {
  const memory = outOfMemory ? ", out of memory" : "";
  const code = exitCode === undefined
    ? ""
    : ` (exit code ${exitCode}${memory})`;
  return `is ${status ?? "not running"}${code}`;
}

/** The error of a command whose container ended under it. */
export function explainContainerEnd(
  { id, name }: StartedContainer,
  what: string,
): PortholeError {
  return new PortholeError(
    "status_unknown",
    `Cannot determine the exit status: container ${
      quoteValue(name ?? id.slice(0, 12))
    } ${what}`,
    { hint: "the command ended with it, finished or not" },
  );
}

/** The error of a command whose connection ended, or went wrong, before the command did. */
export function explainLostExec(
  address: string,
  why: string,
  { watched, cause }: {
    /** Whether a watchdog ends the command. */
    readonly watched: boolean;
    readonly cause?: unknown;
  },
): PortholeError {
  return new PortholeError(
    "session_lost",
    `Cannot determine the exit status: the connection to the Docker daemon at ${
      quoteValue(address)
    } was lost: ${why}`,
    {
      hint: [
        "output may be missing, and input may not have arrived",
        watched
          ? "the command is ended as soon as the loss is noticed in the container"
          : "the command may still be running in the container",
      ].join("\n"),
      cause,
    },
  );
}
