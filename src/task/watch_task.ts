import type { Directory, Task } from "../access/access.ts";
import type { Deps } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import { within } from "../within.ts";

/** ECS needs some seconds to report a stop; asking more often shows nothing sooner. */
const LOOK_EVERY_MS = 10_000;

/**
 * Resolves with the reason once a task no longer runs; never, when `signal` aborts first.
 *
 * A look that fails (a lost line, a throttled call) says nothing about the task: the next one is
 * waited for.
 */
export async function watchTask(
  access: Pick<Directory, "describeTask">,
  cluster: string,
  task: Task,
  deps: Pick<Deps, "sleep">,
  signal: AbortSignal,
): Promise<PortholeError> {
  while (true) {
    await deps.sleep(LOOK_EVERY_MS, signal);
    if (signal.aborted) return await new Promise(() => {});
    const stopped = await findStop(access, cluster, task);
    if (stopped !== undefined) return stopped;
  }
}

/** Why a task is no longer running; undefined while it is, or when that cannot be seen. */
export async function findStop(
  access: Pick<Directory, "describeTask">,
  cluster: string,
  task: Task,
): Promise<PortholeError | undefined> {
  let now: Task | undefined;
  try {
    now = await access.describeTask(cluster, task.id);
  } catch {
    return undefined;
  }
  return now?.status === "RUNNING" ? undefined : describeStop(task.id, now);
}

const LOOK_AGAIN_MS = 500;

/** Waits a little for a task to stop, and resolves with the reason; undefined where it goes on, or that cannot be seen. */
export async function awaitStop(
  access: Pick<Directory, "describeTask">,
  cluster: string,
  task: Task,
  limitMs: number,
  { sleep }: Pick<Deps, "sleep">,
): Promise<PortholeError | undefined> {
  const over = new AbortController();
  const look = async (): Promise<PortholeError | undefined> => {
    while (!over.signal.aborted) {
      const stopped = await findStop(access, cluster, task);
      if (stopped !== undefined) return stopped;
      await sleep(LOOK_AGAIN_MS, over.signal);
    }
    return undefined;
  };
  try {
    return await within(limitMs, look(), { sleep });
  } finally {
    over.abort();
  }
}

/** The error of a task that runs no longer. */
export function describeStop(
  taskId: string,
  now: Task | undefined,
): PortholeError {
  const reason = now?.stoppedReason === undefined
    ? ""
    : ` (${now.stoppedReason})`;
  return new PortholeError(
    "task_stopped",
    `Cannot continue: task ${taskId} is ${now?.status ?? "gone"}${reason}`,
  );
}
