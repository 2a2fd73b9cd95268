import { buildTask } from "./build_task.ts";
import type { Cluster, Deployment, Fleet, Service, Task } from "./fleet.ts";
import { isWanted } from "./fleet.ts";
import type { SandboxOptions } from "./sandbox_options.ts";
import { drawText, seedRandom } from "./seeded_random.ts";
import { SessionTimers } from "./session_timers.ts";

/** Failed tasks after which the circuit breaker opens: the fewest that AWS waits for. */
const failuresTolerated = 3;

/** What the deployments of a sandbox work on. */
export type RolloutsParts = {
  readonly options: SandboxOptions;
  readonly fleet: Fleet;
  readonly now: () => number;
  readonly stopTask: (taskId: string, reason: string) => void;
  /** Starts what a task runs; resolves when its load balancer finds it healthy, with false where it has no image. */
  readonly startTask: (task: Task) => Promise<boolean>;
};

/** The deployments of a sandbox. */
export type Rollouts = {
  /** Starts a deployment that replaces every task of a service. */
  deploy(cluster: Cluster, service: Service): void;
  close(): void;
};

/**
 * Prepares for rolling updates as ECS's scheduler does them with a minimum of 100 % and a maximum
 * of 200 %: as many new tasks as are desired start at once, and once they run the old ones stop.
 */
export function openRollouts(parts: RolloutsParts): Rollouts {
  const { options, fleet, now } = parts;
  const { stepMs, tasksStop, circuitBreaker } = options.rollout;
  const timers = new SessionTimers();
  const random = seedRandom(options.seed, "rollouts");

  function deploy(cluster: Cluster, service: Service): void {
    const deployment = begin(service, "in progress.");
    timers.after(() => start(cluster, service, deployment), stepMs);
  }

  function begin(service: Service, reason: string): Deployment {
    const id = `ecs-svc/${drawText(random, "0123456789", 19)}`;
    const deployment: Deployment = {
      id,
      family: service.family,
      revision: service.revision,
      status: "PRIMARY",
      createdAt: now(),
      updatedAt: now(),
      rolloutState: "IN_PROGRESS",
      rolloutStateReason: reason === "in progress."
        ? `ECS deployment ${id} in progress.`
        : reason,
      failedTasks: 0,
    };
    for (const before of service.deployments) before.status = "ACTIVE";
    service.deployments = [deployment, ...service.deployments];
    return deployment;
  }

  /** What a deployment does next, unless another one has taken its place. */
  function next(
    deployment: Deployment,
    work: () => void | Promise<void>,
    ms = stepMs,
  ): void {
    timers.after(() => {
      if (deployment.status === "PRIMARY") void work();
    }, ms);
  }

  function start(
    cluster: Cluster,
    service: Service,
    deployment: Deployment,
  ): void {
    const { containers = [] } =
      fleet.definitions.find(({ family, revision }) =>
        family === deployment.family && revision === deployment.revision
      ) ?? fleet.definitions.find(({ family }) => family === service.family) ??
        {};
    const tasks = Array.from({ length: service.desired }, (_, index): Task => ({
      ...buildTask(cluster, service, {
        containers,
        deploymentId: deployment.id,
        random,
        index,
      }),
      createdAt: now(),
    }));
    cluster.tasks.push(...tasks);
    if (tasks.length > 0) tell(service, "started", tasks);
    next(deployment, () => {
      for (const task of tasks) task.status = "PENDING";
      next(deployment, () => run(cluster, service, deployment, tasks));
    });
  }

  function run(
    cluster: Cluster,
    service: Service,
    deployment: Deployment,
    tasks: readonly Task[],
  ): void {
    for (const task of tasks) {
      task.status = "RUNNING";
      task.startedAt = now();
      task.agentRunsAt = now() + stepMs + options.agentPendingMs;
    }
    const healthy = Promise.all(tasks.map(parts.startTask));
    next(deployment, async () => {
      const isHealthy = (await healthy).every((one) => one);
      if (deployment.status !== "PRIMARY") return;
      if (tasksStop || !isHealthy) fail(cluster, service, deployment, tasks);
      else replace(cluster, service, deployment);
    });
  }

  /** Stops what is not the deployment's, and is done. */
  function replace(
    cluster: Cluster,
    service: Service,
    deployment: Deployment,
  ): void {
    const old = cluster.tasks.filter((task) =>
      task.service === service.name && task.deploymentId !== deployment.id &&
      isWanted(task)
    );
    for (const task of old) {
      task.status = "STOPPING";
      task.stopCode = "ServiceSchedulerInitiated";
      task.stoppedReason =
        `Scaling activity initiated by (deployment ${task.deploymentId})`;
    }
    next(deployment, () => {
      for (const task of old) {
        parts.stopTask(task.taskId, task.stoppedReason ?? "");
      }
      if (old.length > 0) tell(service, "stopped", old);
      next(deployment, () => complete(service, deployment));
    });
  }

  function complete(service: Service, deployment: Deployment): void {
    service.deployments = [deployment];
    deployment.rolloutState = "COMPLETED";
    deployment.rolloutStateReason =
      `ECS deployment ${deployment.id} completed.`;
    deployment.updatedAt = now();
    addEvent(service, `(deployment ${deployment.id}) deployment completed.`);
    addEvent(service, "has reached a steady state.");
  }

  function fail(
    cluster: Cluster,
    service: Service,
    deployment: Deployment,
    tasks: readonly Task[],
  ): void {
    for (const { taskId } of tasks) {
      parts.stopTask(taskId, "Essential container in task exited");
    }
    const before = deployment.failedTasks;
    deployment.failedTasks += tasks.length;
    deployment.updatedAt = now();
    const many = deployment.failedTasks >= failuresTolerated;
    if (many && before < failuresTolerated) {
      addEvent(
        service,
        "is unable to consistently start tasks successfully. For more " +
          "information, see the Troubleshooting section.",
      );
    }
    if (many && circuitBreaker !== "off") {
      giveUp(cluster, service, deployment);
      return;
    }
    // ECS tries again, and waits longer each time.
    next(
      deployment,
      () => start(cluster, service, deployment),
      stepMs * deployment.failedTasks,
    );
  }

  function giveUp(
    cluster: Cluster,
    service: Service,
    deployment: Deployment,
  ): void {
    deployment.rolloutState = "FAILED";
    deployment.rolloutStateReason =
      "ECS deployment circuit breaker: tasks failed to start.";
    addEvent(
      service,
      `(deployment ${deployment.id}) deployment failed: tasks failed to start.`,
    );
    const last = service.deployments.find(({ rolloutState }) =>
      rolloutState === "COMPLETED"
    );
    if (circuitBreaker !== "rollback" || last === undefined) return;
    service.family = last.family;
    service.revision = last.revision;
    const rollback = begin(
      service,
      `ECS deployment circuit breaker: rolling back to deploymentId ${last.id}.`,
    );
    addEvent(service, `rolling back to deployment ${rollback.id}.`);
    // The tasks of the deployment before have never been stopped: they are taken over.
    for (const task of cluster.tasks) {
      if (task.deploymentId === last.id) task.deploymentId = rollback.id;
    }
    next(rollback, () => complete(service, rollback));
  }

  function tell(
    service: Service,
    what: "started" | "stopped",
    tasks: readonly Task[],
  ): void {
    const names = tasks.map(({ taskId }) => `(task ${taskId})`).join(" ");
    addEvent(
      service,
      `has ${what} ${tasks.length} ${
        what === "started" ? "tasks" : "running tasks"
      }: ${names}.`,
    );
  }

  function addEvent(service: Service, text: string): void {
    service.events = [
      { at: now(), message: `(service ${service.name}) ${text}` },
      ...service.events,
    ];
  }

  return { deploy, close: () => timers.close() };
}
