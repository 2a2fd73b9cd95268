import type { Directory, Task } from "../access/access.ts";
import type { Deps } from "../deps.ts";
import { formatDuration } from "../duration.ts";
import { PortholeError } from "../errors.ts";
import { explainNoStart } from "./explain_start.ts";
import { stopLine } from "./stop_task.ts";
import { describeProgress } from "./wait_for_task.ts";

/** Between two looks: at first often, for a command that is soon done. */
const FIRST_LOOK_MS = 500;
const MOST_MS = 6_000;
/** ECS may not find a task that it has only just started. */
const UNKNOWN_MS = 15_000;

/**
 * Waits until a task has stopped; 0 milliseconds means no limit. It is left to itself in any case.
 *
 * @throws {PortholeError} timed_out; task_not_started where ECS no longer knows it; and what
 * `access` throws.
 */
export async function waitForEnd(
  access: Pick<Directory, "describeTask" | "region">,
  { cluster, task: started, limitMs }: {
    readonly cluster: string;
    readonly task: Task;
    readonly limitMs: number;
  },
  { onLook, deps }: {
    readonly onLook: (progress: string, waitedMs: number) => void;
    readonly deps: Pick<Deps, "now" | "sleep">;
  },
): Promise<Task> {
  const start = deps.now().getTime();
  let task = started;
  for (let pause = FIRST_LOOK_MS;; pause = Math.min(pause * 2, MOST_MS)) {
    if (task.status === "STOPPED") return task;
    const waitedMs = deps.now().getTime() - start;
    const leftMs = limitMs === 0 ? Infinity : limitMs - waitedMs;
    const progress = describeProgress(task);
    if (leftMs <= 0) {
      throw new PortholeError(
        "timed_out",
        `Cannot wait any longer: task ${task.id} is still ${progress} after ${
          formatDuration(limitMs)
        }`,
        {
          hint: [
            "--timeout sets the limit; 0 removes it",
            `the task keeps running; to stop it: ${
              stopLine(access.region, cluster, task.id)
            }`,
          ],
        },
      );
    }
    onLook(progress, waitedMs);
    await deps.sleep(Math.min(pause, leftMs));
    const now = await access.describeTask(cluster, task.id);
    if (now === undefined && waitedMs >= UNKNOWN_MS) {
      throw explainNoStart(task.id, undefined);
    }
    task = now ?? task;
  }
}

/**
 * The status with which a container of a stopped task has ended.
 *
 * @throws {PortholeError} task_not_started where it never ran, with the reasons.
 */
export function readExitStatus(task: Task, container: string): number {
  const status = task.containers.find(({ name }) => name === container)
    ?.exitCode;
  if (status === undefined) throw explainNoStart(task.id, task);
  return status;
}
