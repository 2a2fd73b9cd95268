import type { AwsAccess, Task } from "../../access/access.ts";
import type { RunMode, SharedFlags } from "../../args/invocation.ts";
import type { Deps } from "../../deps.ts";
import type { PortholeError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { describeEnd, explainFailures } from "../../task/explain_start.ts";
import { stopLine } from "../../task/stop_task.ts";
import { readExitStatus, waitForEnd } from "../../task/wait_for_end.ts";
import { CancelledBySignal } from "../../cancelled_by_signal.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import type { PreparedRun } from "./prepare_run.ts";
import { startProgressLine } from "../../report/progress_line.ts";
import { withTasks } from "./with_tasks.ts";

/** `--detach`, with what belongs to it. */
export type DetachedMode = Extract<RunMode, { kind: "detached" }>;

/** What tasks are started with that are left to themselves. */
export interface DetachedTools {
  readonly mode: DetachedMode;
  /** How long to wait for their end; 0 means no limit. */
  readonly limitMs: number;
  readonly shared: SharedFlags;
  /** Rejects where they would be lost. */
  readonly printIds: (ids: readonly string[]) => Promise<void>;
  /** Called with the tasks that have started, and again with the tasks as they are at the end. */
  readonly learn: (tasks: readonly Task[]) => void;
  readonly access: AwsAccess;
  readonly deps: Deps;
  readonly log: Log;
  readonly cancellation: Cancellation;
}

/**
 * Starts tasks and leaves them; with `--wait` it waits for their end, and resolves with the status of
 * the first that did not end well, in the order they were started.
 */
export async function runDetached(
  prepared: PreparedRun,
  tools: DetachedTools,
): Promise<number> {
  const { mode, learn, printIds } = tools;
  return await withTasks(prepared, tools, {
    leave: true,
    limitMs: tools.limitMs,
    work: async ({ tasks, failures }) => {
      learn(tasks);
      await printIds(tasks.map(({ id }) => id));
      const statuses = mode.wait ? await awaitEnds(tasks, prepared, tools) : [];
      if (failures.length > 0) throw explainFailures(failures, mode.count);
      return statuses.find((status) => status !== 0) ?? 0;
    },
  });
}

async function awaitEnds(
  started: readonly Task[],
  { service, container }: PreparedRun,
  { mode, limitMs, shared, learn, access, deps, log, cancellation }:
    DetachedTools,
): Promise<readonly number[]> {
  const cluster = nameOfArn(service.clusterArn);
  const line = startProgressLine(log, deps, shared);
  const progress = new Map<string, string>();
  const wait = async (task: Task) =>
    await waitForEnd(access, { cluster, task, limitMs }, {
      deps,
      onLook: (state, waitedMs) => {
        // Lines of logs and the line that counts would write over each other.
        if (mode.logs) return;
        progress.set(task.id, state);
        line.show(
          `Waiting for the tasks to end: ${
            countStates([...progress.values()])
          }`,
          `${Math.floor(waitedMs / 1_000)}s`,
        );
      },
    });
  const ends = Promise.all(started.map(wait));
  const logs = mode.logs
    ? import("../logs/follow_run.ts").then(({ followRun }) =>
      followRun(started, ends, { access, shared, deps, log })
    )
    : undefined;
  let tasks: readonly Task[];
  let unwritten: PortholeError | undefined;
  try {
    tasks = await cancellation.orCancelled(ends);
    unwritten = await cancellation.orCancelled(Promise.resolve(logs));
  } catch (error) {
    if (error instanceof CancelledBySignal) {
      for (const { id } of started) {
        log.info(
          `Task ${id} keeps running; to stop it: ${
            stopLine(access.region, cluster, id)
          }`,
        );
      }
    }
    throw error;
  } finally {
    line.clear();
  }
  learn(tasks);
  for (const task of tasks) tellEnd(task, log);
  const statuses = tasks.map((task) => readExitStatus(task, container.name));
  // What the tasks report matters more than lines of theirs that are lost.
  if (unwritten !== undefined && statuses.every((status) => status === 0)) {
    throw unwritten;
  }
  return statuses;
}

/** `2 RUNNING, 1 PENDING`; of a single task its state alone. */
function countStates(states: readonly string[]): string {
  if (states.length === 1) return states.join();
  return [...new Set(states)].map((state) =>
    `${states.filter((one) => one === state).length} ${state}`
  ).join(", ");
}

function tellEnd(
  { id, stopCode, stoppedReason, containers }: Task,
  log: Log,
): void {
  const ends = containers.flatMap((container) => describeEnd(container) ?? []);
  const text = `Task ${id} has stopped: ${
    [...(stoppedReason === undefined ? [] : [stoppedReason]), ...ends]
      .join("; ")
  }`;
  // A task that was stopped did not end by itself, whatever its container says.
  if (stopCode === "EssentialContainerExited") log.info(text);
  else log.warn(text);
}
