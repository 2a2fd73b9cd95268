import type { Container, Directory, Task } from "../access/access.ts";
import type { Deps } from "../deps.ts";
import { formatDuration } from "../duration.ts";
import { explainLateStart, explainNoStart } from "./explain_start.ts";

/** Between two looks: at first often, for a machine that has all it takes. */
const FIRST_LOOK_MS = 500;
const MOST_MS = 3_000;
/** ECS may not find a task that it has only just started. */
const UNKNOWN_MS = 15_000;

/** States after which none comes but STOPPED. */
const ENDING = ["DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"];

/** A task whose container runs. */
export interface RunningTask {
  readonly task: Task;
  readonly container: Container;
}

/**
 * Waits until a task and one of its containers run; 0 milliseconds means no limit.
 *
 * @throws {PortholeError} task_not_started where they end instead, timed_out where they have not begun
 * in time; and what `access` throws.
 */
export async function waitForTask(
  access: Pick<Directory, "describeTask">,
  { cluster, task: started, container: name, limitMs, beganAt }: {
    readonly cluster: string;
    readonly task: Task;
    readonly container: string;
    readonly limitMs: number;
    /** When the start was asked for, which the limit counts from. */
    readonly beganAt?: number;
  },
  { onLook, deps }: {
    /** Called with each state of the task, the first one too, and with the time waited so far. */
    readonly onLook: (progress: string, waitedMs: number) => void;
    readonly deps: Pick<Deps, "now" | "sleep">;
  },
): Promise<RunningTask> {
  const start = deps.now().getTime();
  let task = started;
  for (let pause = FIRST_LOOK_MS;; pause = Math.min(pause * 2, MOST_MS)) {
    const waitedMs = deps.now().getTime() - start;
    const leftMs = limitMs === 0
      ? Infinity
      : (beganAt ?? start) + limitMs - deps.now().getTime();
    const progress = describeProgress(task);
    if (leftMs <= 0) {
      throw explainLateStart(task, progress, formatDuration(limitMs));
    }
    onLook(progress, waitedMs);
    await deps.sleep(Math.min(pause, leftMs));
    const now = await access.describeTask(cluster, started.id);
    if (now === undefined) {
      if (waitedMs < UNKNOWN_MS) continue;
      throw explainNoStart(started.id, undefined);
    }
    task = now;
    const container = task.containers.find((one) => one.name === name);
    if (
      ENDING.includes(task.status) || task.desiredStatus === "STOPPED" ||
      container?.status === "STOPPED"
    ) throw explainNoStart(task.id, task, name);
    if (task.status === "RUNNING" && container?.status === "RUNNING") {
      return { task, container };
    }
  }
}

/** What a task that starts is doing, in ECS's words as far as it has any. */
export function describeProgress(
  { status, pullStartedAt, pullStoppedAt }: Task,
): string {
  return status === "PENDING" && pullStartedAt !== undefined &&
      pullStoppedAt === undefined
    ? "PENDING, pulling its images"
    : status;
}
