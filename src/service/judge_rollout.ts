import type { Deployment, Service, Task } from "../access/access.ts";

/** What a deployment is to bring about. */
export interface RolloutGoal {
  /** Whether every task is to have ECS Exec, or none. */
  readonly enable: boolean;
  readonly deployment: Pick<Deployment, "id" | "createdAt">;
}

/** One look at a service. */
export interface RolloutLook {
  readonly service: Service;
  /** Those that ECS wants to run. */
  readonly tasks: readonly Task[];
}

/** How a rollout stands. */
export type RolloutState =
  | { readonly kind: "going" }
  | { readonly kind: "done" }
  | {
    readonly kind: "failed";
    readonly because: string;
    /** What ECS has put in its place. */
    readonly rollback?: Deployment;
  }
  /** The service was deployed again by someone else. */
  | { readonly kind: "replaced"; readonly by: Deployment }
  /** The deployment is completed, but these tasks' agents will not run. */
  | { readonly kind: "agents_stopped"; readonly tasks: readonly Task[] };

/** How far a rollout is, in tasks. */
export interface RolloutProgress {
  readonly desired: number;
  /** They run, and so do their agents where they are to. */
  readonly ready: number;
  /** They run, and their agents do not yet. */
  readonly waiting: number;
  readonly starting: number;
  /** Of deployments before it. */
  readonly left: number;
  readonly failed: number;
}

/**
 * The state of a task's ECS Exec agents taken together. One that has stopped in one container does
 * not keep anybody out of the others.
 */
export function readAgents(
  { containers }: Task,
): "RUNNING" | "PENDING" | "STOPPED" {
  const statuses = containers.filter(({ status }) => status === "RUNNING")
    .map(({ agent }) => agent?.status);
  // ECS may report a container before its agent.
  if (statuses.includes("PENDING") || statuses.every((one) => !one)) {
    return "PENDING";
  }
  return statuses.includes("RUNNING") ? "RUNNING" : "STOPPED";
}

/** Whether only a new task can be what is wanted: nothing gives a running one ECS Exec, or a new agent. */
export function needsReplacement(task: Task, enable: boolean): boolean {
  if (task.executeCommandEnabled !== enable) return true;
  return enable && task.status === "RUNNING" && readAgents(task) === "STOPPED";
}

/** Finds the deployment that decides what tasks start. */
export function findPrimary(
  { deployments }: Service,
): Deployment | undefined {
  return deployments.find(({ status }) => status === "PRIMARY");
}

/** Judges one look. Pure; a rollout that merely takes its time, or tries for ever, is "going". */
export function judgeRollout(
  { service, tasks }: RolloutLook,
  goal: RolloutGoal,
): RolloutState {
  if (service.status !== "ACTIVE") {
    return { kind: "failed", because: `the service is ${service.status}` };
  }
  const primary = findPrimary(service);
  const failure = findFailure(service, goal.deployment.id);
  const isOwn = primary?.id === goal.deployment.id;
  if (failure !== undefined) {
    return {
      kind: "failed",
      because: failure,
      ...(isOwn || primary === undefined ? {} : { rollback: primary }),
    };
  }
  if (primary === undefined) return { kind: "going" };
  if (!isOwn && isRollback(primary)) {
    return {
      kind: "failed",
      because: primary.rolloutStateReason ?? "",
      rollback: primary,
    };
  }
  // For a moment after UpdateService, DescribeServices still reports the older deployment.
  if (!isOwn) {
    return isNewer(primary, goal.deployment)
      ? { kind: "replaced", by: primary }
      : { kind: "going" };
  }
  // After the deployment is completed, ListTasks may still list old tasks, and not yet list new ones.
  if (
    !isSettled(service, primary) || tasks.length < service.desired ||
    tasks.some(({ status, executeCommandEnabled }) =>
      status !== "RUNNING" || executeCommandEnabled !== goal.enable
    )
  ) return { kind: "going" };
  return goal.enable ? judgeAgents(tasks) : { kind: "done" };
}

function judgeAgents(tasks: readonly Task[]): RolloutState {
  if (tasks.some((task) => readAgents(task) === "PENDING")) {
    return { kind: "going" };
  }
  const stopped = tasks.filter((task) => readAgents(task) === "STOPPED");
  return stopped.length === 0
    ? { kind: "done" }
    : { kind: "agents_stopped", tasks: stopped };
}

/** The rollback may be completed, and the deployment that failed forgotten, between two looks: the events remain. */
function findFailure(
  { deployments, events }: Service,
  id: string,
): string | undefined {
  const own = deployments.find((deployment) => deployment.id === id);
  if (own?.rolloutState === "FAILED") {
    return own.rolloutStateReason ?? "its rollout state is FAILED";
  }
  const mark = `(deployment ${id}) deployment failed: `;
  const said = events.find(({ message }) => message.includes(mark))?.message;
  return said?.slice(said.indexOf(mark) + mark.length);
}

/** Whether a deployment brings back the one before: "ECS deployment circuit breaker: rolling back to deploymentId …". */
export function isRollback({ rolloutStateReason = "" }: Deployment): boolean {
  return /rolling back/i.test(rolloutStateReason);
}

function isNewer(
  { createdAt: one }: Pick<Deployment, "createdAt">,
  { createdAt: other }: Pick<Deployment, "createdAt">,
): boolean {
  return one === undefined || other === undefined || one > other;
}

/** Behind a Classic Load Balancer a deployment has no rollout state: then the counts decide. */
function isSettled(service: Service, primary: Deployment): boolean {
  return primary.rolloutState === undefined
    ? service.deployments.length === 1 && primary.pending === 0 &&
      primary.running >= service.desired
    : primary.rolloutState === "COMPLETED";
}

/** Counts what a look shows. */
export function countProgress(
  { service, tasks }: RolloutLook,
  { enable }: RolloutGoal,
): RolloutProgress {
  const primary = findPrimary(service);
  const wanted = tasks.filter(({ executeCommandEnabled }) =>
    executeCommandEnabled === enable
  );
  const running = wanted.filter(({ status }) => status === "RUNNING");
  const ready = enable
    ? running.filter((task) => readAgents(task) === "RUNNING")
    : running;
  return {
    desired: service.desired,
    ready: ready.length,
    waiting: running.length - ready.length,
    starting: wanted.length - running.length,
    left: service.deployments.filter((one) => one !== primary)
      .reduce((sum, { running }) => sum + running, 0),
    failed: primary?.failed ?? 0,
  };
}
