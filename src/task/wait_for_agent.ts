import type { Container, Directory, Task } from "../access/access.ts";
import type { Deps } from "../deps.ts";
import { formatDuration } from "../duration.ts";
import { PortholeError } from "../errors.ts";
import { describeStop } from "./watch_task.ts";

/** Agents need some seconds to start, and ECS some to report it. */
const LOOK_EVERY_MS = 2_000;

/** A container of a task, as it stands. */
interface Place {
  readonly task: Task;
  readonly container: Container;
}

/** Whether a session has to wait for a container's ECS Exec agent. */
export function isAgentPending({ agent }: Container): boolean {
  return agent?.status === "PENDING";
}

/**
 * Waits until the agent of a container is PENDING no longer; 0 milliseconds means no limit. What it
 * has become is not judged here.
 *
 * @throws {PortholeError} timed_out, task_stopped, or what `access` throws.
 */
export async function waitForAgent<P extends Place>(
  access: Pick<Directory, "describeTask">,
  cluster: string,
  place: P,
  { limitMs, onLook, deps }: {
    readonly limitMs: number;
    /** Called before each look, with the time waited so far. */
    readonly onLook: (waitedMs: number) => void;
    readonly deps: Pick<Deps, "now" | "sleep">;
  },
): Promise<P> {
  const start = deps.now().getTime();
  let now = place;
  while (isAgentPending(now.container)) {
    const waitedMs = deps.now().getTime() - start;
    const leftMs = limitMs === 0 ? Infinity : limitMs - waitedMs;
    if (leftMs <= 0) throw explainTimeout(now, limitMs);
    onLook(waitedMs);
    await deps.sleep(Math.min(LOOK_EVERY_MS, leftMs));
    const task = await access.describeTask(cluster, place.task.id);
    const container = task?.containers.find(({ name }) =>
      name === place.container.name
    );
    if (task?.status !== "RUNNING" || container === undefined) {
      throw describeStop(place.task.id, task);
    }
    now = { ...place, task, container };
  }
  return now;
}

function explainTimeout(
  { task, container }: Place,
  limitMs: number,
): PortholeError {
  return new PortholeError(
    "timed_out",
    `Cannot wait any longer: the ECS Exec agent of container "${container.name}" of task ${task.id} is still PENDING after ${
      formatDuration(limitMs)
    }`,
    {
      hint:
        "--agent-timeout sets the limit; 0 removes it; an agent that stays PENDING usually lacks a task role or a route to Session Manager",
    },
  );
}
