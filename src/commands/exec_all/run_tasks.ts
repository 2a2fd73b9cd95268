import type { Task } from "../../access/access.ts";
import type { ExecAllInvocation } from "../../args/invocation.ts";
import { CancelledBySignal } from "../../cancelled_by_signal.ts";
import type { EndSignal } from "../../end_signal.ts";
import { BROKEN_PIPE_STATUS } from "../../end_signal.ts";
import { PortholeError } from "../../errors.ts";
import { exitStatusFor } from "../../exit_status.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import { shareCancellation } from "../../limits/share_cancellation.ts";
import type { Log } from "../../log.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import type { TaskResult } from "../../output/format_results.ts";
import { measureIds } from "../../output/measure_ids.ts";
import { serviceOf } from "../../target/target.ts";
import type { GatheredTasks } from "./gather_tasks.ts";
import { describeUnbegun, execInTask } from "./exec_in_task.ts";
import { isCancelled, isOk } from "./join_statuses.ts";
import { planSinks } from "./open_sinks.ts";

/** What came of all tasks. */
export interface RanTasks {
  /** One for each task, in their order. */
  readonly results: readonly TaskResult[];
  /** The signal that ended them. */
  readonly heard: EndSignal | undefined;
}

/** Why no more tasks are entered. */
type Stop = "failed" | "closed";

/** Runs the command in the tasks, so many at a time. It never rejects. */
export async function runTasks(
  invocation: ExecAllInvocation,
  gathered: GatheredTasks,
  outer: Cancellation,
): Promise<RanTasks> {
  const { tasks } = gathered;
  const shared = shareCancellation(outer);
  const cancellation: Cancellation = {
    ...shared,
    // A line that counts the seconds of one task would not be alone in its line.
    deps: {
      ...shared.deps,
      stderr: { ...shared.deps.stderr, isTerminal: false },
    },
  };
  let stop: Stop | undefined;
  const openSinks = planSinks(invocation, tasks, {
    deps: outer.deps,
    onClosed: () => stop ??= "closed",
  });
  const tell = createTeller();
  const begun = new Set<number>();
  const results = new Map<number, TaskResult>();

  const enter = async (task: Task, number: number) => {
    begun.add(number);
    const log = gathered.log.withPrefix(namePlace(task, tasks));
    const ran = await execInTask(task, number, {
      invocation,
      gathered,
      cancellation,
      openSinks,
      log,
    });
    const isEnded = stop === "failed" && shared.heard() === undefined &&
      ran.error instanceof CancelledBySignal;
    const result = isEnded ? failFor(ran, "Ended: another task failed") : ran;
    results.set(number, result);
    if (isOk(result) || isCancelled(result)) return;
    tell(result, log);
    if (invocation.failFast && stop === undefined) {
      stop = "failed";
      shared.end("SIGTERM");
    }
  };

  await shared.orGivenUp(
    inParallel(
      tasks,
      invocation.parallel,
      enter,
      () => stop !== undefined || shared.isCancelled(),
    ),
  );
  shared.stop();
  return {
    results: tasks.map((task, number) =>
      results.get(number) ??
        explainMissing(describeUnbegun(task, gathered), begun.has(number), stop)
    ),
    heard: shared.heard(),
  };
}

/** Works on all items, so many at a time and in their order, until there is a reason not to begin another. */
async function inParallel<T>(
  items: readonly T[],
  parallel: number,
  work: (item: T, number: number) => Promise<void>,
  isOver: () => boolean,
): Promise<void> {
  let next = 0;
  const serve = async () => {
    while (next < items.length && !isOver()) {
      const number = next++;
      await work(items[number]!, number);
    }
  };
  await Promise.all(
    Array.from({ length: Math.min(parallel, items.length) }, serve),
  );
}

/** The result of a task that was not entered, or that we did not wait for any longer. */
function explainMissing(
  result: TaskResult,
  wasBegun: boolean,
  stop: Stop | undefined,
): TaskResult {
  if (wasBegun) {
    return failFor(
      result,
      "Cancelled: the end of the command was not seen, it may still be running",
    );
  }
  switch (stop) {
    case "failed":
      return failFor(result, "Not started: another task failed");
    case "closed":
      return {
        ...failFor(result, "Not started: the reader of the output has gone"),
        status: BROKEN_PIPE_STATUS,
      };
    case undefined:
      return failFor(result, "Not started: cancelled");
  }
}

function failFor(result: TaskResult, message: string): TaskResult {
  return {
    ...result,
    status: exitStatusFor("cancelled", "remote"),
    error: new PortholeError("cancelled", message),
  };
}

/** The prefix of a task's log lines. */
function namePlace(task: Task, tasks: readonly Task[]): string {
  const cluster = nameOfArn(task.clusterArn);
  const id = task.id.slice(0, measureIds(tasks));
  return `${serviceOf(task) ?? "-"}/${cluster}/${id}`;
}

/** Tells of each failure as it comes, and of each remedy once. */
function createTeller(): (result: TaskResult, log: Log) => void {
  const told = new Set<string>();
  return ({ error }, log) => {
    // What a command failed with is its own to tell.
    if (error === undefined) return;
    log.warn(error.message);
    for (const hint of error.hints) {
      if (told.has(hint)) continue;
      told.add(hint);
      log.warn(`hint: ${hint}`);
    }
  };
}
