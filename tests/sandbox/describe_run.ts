import type { ApiContext } from "./api_context.ts";
import type { ContainerRun, Task, TaskRun } from "./fleet.ts";

/** The state of the ECS Exec agents of a task that RunTask has started. */
export function readRunAgent(
  context: ApiContext,
  { agentRunsAt, stoppedAt }: TaskRun,
): "PENDING" | "RUNNING" | "STOPPED" {
  if (stoppedAt !== undefined) return "STOPPED";
  if (agentRunsAt === undefined) return "PENDING";
  if (context.options.agentStopped !== undefined) return "STOPPED";
  return context.now() < agentRunsAt ? "PENDING" : "RUNNING";
}

/** What DescribeTasks shows otherwise of a task that RunTask has started. */
export function describeRun({ stoppedReason }: Task, run: TaskRun): object {
  return {
    group: run.group,
    startedBy: run.startedBy,
    desiredStatus: run.desiredStatus,
    tags: run.tags,
    overrides: {
      containerOverrides: [],
      inferenceAcceleratorOverrides: [],
      ...run.overrides,
    },
    createdAt: toSeconds(run.createdAt),
    pullStartedAt: toSeconds(run.pullStartedAt),
    pullStoppedAt: toSeconds(run.pullStoppedAt),
    startedAt: toSeconds(run.startedAt),
    stoppedAt: toSeconds(run.stoppedAt),
    stopCode: run.stopCode,
    stoppedReason,
  };
}

/** What DescribeTasks shows otherwise of its containers. */
export function describeContainerRun(run: ContainerRun | undefined): object {
  if (run === undefined) return {};
  return {
    lastStatus: run.status,
    ...(run.status === "PENDING" ? { runtimeId: undefined } : {}),
    exitCode: run.exitCode,
    reason: run.reason,
    ...(run.status === "STOPPED" ? { healthStatus: "UNKNOWN" } : {}),
  };
}

/** As AWS's JSON has points of time; JSON leaves out what is undefined. */
function toSeconds(time: number | undefined): number | undefined {
  return time === undefined ? undefined : time / 1000;
}
