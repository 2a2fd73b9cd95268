import type { Task, TaskSummary } from "../access/access.ts";
import type { TaskSelector } from "../args/invocation.ts";
import type { PickChoice } from "../choices.ts";
import { PortholeError } from "../errors.ts";
import { nameOfArn } from "../name_of_arn.ts";

/** What the user said about where to go. */
export interface TargetRequest {
  /** Name or ARN. */
  readonly cluster: string;
  /** Nothing names the cluster: it stands for AWS's own default. */
  readonly clusterAssumed?: boolean;
  /** Name or ARN. */
  readonly service?: string;
  readonly task?: TaskSelector;
  readonly container?: string;
  /** Only when `--pick` was typed. */
  readonly pick?: PickChoice;
  /** A command line that names a service, for a hint. Default: exec's. */
  readonly usage?: string;
}

/** The container to go into. */
export interface Target<T extends TaskSummary = Task> {
  /** Its name, also where an ARN was given. */
  readonly cluster: string;
  /** Absent for a task that no service started. */
  readonly service?: string;
  readonly task: T;
  readonly container: T["containers"][number];
  /** What the user should know about the choice, a sentence each. */
  readonly notes: readonly string[];
}

/** The service that started a task: ECS puts it in the task's group. */
export function serviceOf(task: TaskSummary): string | undefined {
  return task.group?.startsWith("service:")
    ? task.group.slice("service:".length)
    : undefined;
}

/** Whether a session can be offered: it runs and is not being stopped. */
export function isOffered(task: TaskSummary): boolean {
  return task.status === "RUNNING" && task.desiredStatus !== "STOPPED";
}

/** Oldest first, then by id: the one order of lists, `--pick first` and `--pick newest`. */
export function orderTasks<T extends TaskSummary>(
  tasks: readonly T[],
): readonly T[] {
  const age = (task: T) => task.startedAt?.getTime() ?? Infinity;
  return tasks.toSorted((a, b) =>
    age(a) === age(b)
      ? (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
      : age(a) < age(b)
      ? -1
      : 1
  );
}

/** The error of an id that names no task of a cluster. */
export function refuseMissingTask(id: string, cluster: string): PortholeError {
  return new PortholeError(
    "task_not_found",
    `Cannot find task ${id} in cluster "${nameOfArn(cluster)}"`,
    {
      hint:
        "ECS forgets tasks an hour after they stop; also check the cluster and region",
    },
  );
}

/** How a task that is not offered is doing: `STOPPED (Essential container in task exited)`. */
export function describeState(task: TaskSummary): string {
  const state = task.status === "RUNNING" && task.desiredStatus === "STOPPED"
    ? "being stopped"
    : task.status;
  return task.stoppedReason ? `${state} (${task.stoppedReason})` : state;
}
