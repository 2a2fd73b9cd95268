import type { Containers } from "./containers.ts";
import {
  account,
  type Cluster,
  type Container,
  type ContainerRun,
  type LaunchType,
  region,
  type Task,
  type TaskRun,
} from "./fleet.ts";
import type { RequestLog } from "./request_log.ts";
import type { TaskChange } from "./sandbox.ts";
import type { SandboxOptions } from "./sandbox_options.ts";
import { drawText, seedRandom } from "./seeded_random.ts";
import { SessionTimers } from "./session_timers.ts";
import {
  CannotStartContainer,
  type ContainerProcess,
  startContainer,
} from "./start_container.ts";

/** What the started tasks of a sandbox share. */
export type TaskRunsParts = {
  readonly options: SandboxOptions;
  readonly containers: Containers;
  readonly log: RequestLog;
  readonly now: () => number;
  /** What a container writes. */
  readonly write: (task: Task, container: string, line: string) => void;
  readonly endSessions: (taskId: string, container?: string) => void;
};

/** A task as RunTask plans it. */
export type TaskPlan =
  & Pick<Task, "family" | "revision" | "launchType" | "execEnabled">
  & Pick<TaskRun, "startedBy" | "group" | "tags" | "overrides">
  & {
    readonly cluster: Cluster;
    /** By name, in the task definition's order. */
    readonly containers: ReadonlyMap<
      string,
      Pick<ContainerRun, "essential" | "words" | "environment">
    >;
  };

/** The tasks that RunTask starts. */
export type TaskRuns = {
  start(plan: TaskPlan): Task;
  /** As StopTask does: TERM, and KILL for what does not heed it in time. */
  stop(task: Task, reason: string): void;
  close(): Promise<void>;
};

/** A task with what RunTask knows of it. */
type StartedTask = Task & { readonly run: TaskRun };

/** Prepares for tasks whose containers are real processes. */
export function openTaskRuns(parts: TaskRunsParts): TaskRuns {
  const { options, containers, log, now, write, endSessions } = parts;
  const { provisioningMs, pullMs, stopTimeoutMs, stoppedReason } =
    options.runTask;
  const timers = new SessionTimers();
  const random = seedRandom(options.seed, "run-task");
  const processes = new Map<ContainerRun, ContainerProcess>();
  const exits = new Set<Promise<void>>();

  function start(plan: TaskPlan): Task {
    const task = buildTask(plan);
    plan.cluster.tasks.push(task);
    enter(task, "PROVISIONING");
    next(task, provisioningMs, () => {
      task.run.pullStartedAt = now();
      enter(task, "PENDING");
      next(task, pullMs, () => {
        task.run.pullStoppedAt = now();
        if (stoppedReason === undefined) begin(task);
        else fail(task, stoppedReason);
      });
    });
    return task;
  }

  function buildTask(plan: TaskPlan): StartedTask {
    const { cluster, family, revision, launchType, execEnabled } = plan;
    const hex = (length: number) =>
      drawText(random, "0123456789abcdef", length);
    const taskId = hex(32);
    return {
      taskId,
      taskArn:
        `arn:aws:ecs:${region}:${account}:task/${cluster.name}/${taskId}`,
      cluster,
      service: undefined,
      family,
      revision,
      launchType,
      execEnabled,
      zone: `${region}a`,
      deploymentId: undefined,
      createdAt: now(),
      startedAt: now(),
      agentRunsAt: Infinity,
      stoppedAt: 0,
      stopCode: "",
      containerInstanceArn: findInstance(cluster, launchType),
      // In no order of their own, like those of every task.
      containers: [...plan.containers.keys()].reverse().map((
        name,
      ): Container => ({
        name,
        containerArn:
          `arn:aws:ecs:${region}:${account}:container/${cluster.name}/${taskId}/${
            hex(8)
          }-${hex(12)}`,
        runtimeId: launchType === "FARGATE"
          ? `${taskId}-${drawText(random, "0123456789", 10)}`
          : hex(64),
      })),
      status: "PROVISIONING",
      stoppedReason: undefined,
      run: {
        startedBy: plan.startedBy,
        group: plan.group,
        tags: plan.tags,
        overrides: plan.overrides,
        createdAt: now(),
        desiredStatus: "RUNNING",
        containers: new Map(
          [...plan.containers].map(([name, container]) => [
            name,
            { ...container, status: "PENDING" },
          ]),
        ),
      },
    };
  }

  /** What a task does next, unless it is stopped before. */
  function next(task: StartedTask, ms: number, work: () => void): void {
    if (ms === Infinity) return;
    timers.after(() => {
      if (task.run.desiredStatus === "RUNNING") work();
    }, ms);
  }

  function begin(task: StartedTask): void {
    for (const [name, container] of task.run.containers) {
      try {
        const process = startContainer(
          container.words,
          containers.open(task, name),
          (line) => write(task, name, line),
        );
        processes.set(container, process);
        container.status = "RUNNING";
        const exit = process.exit.then(({ code }) => {
          processes.delete(container);
          exits.delete(exit);
          takeExit(task, name, container, code);
        });
        exits.add(exit);
      } catch (error) {
        if (!(error instanceof CannotStartContainer)) throw error;
        container.reason = error.message;
        fail(task, "Task failed to start");
        return;
      }
    }
    task.run.startedAt = now();
    task.run.agentRunsAt = now() + options.agentPendingMs;
    enter(task, "RUNNING");
  }

  function takeExit(
    task: StartedTask,
    name: string,
    container: ContainerRun,
    code: number,
  ): void {
    container.status = "STOPPED";
    container.exitCode = code;
    endSessions(task.taskId, name);
    if (container.essential && task.run.desiredStatus === "RUNNING") {
      task.run.desiredStatus = "STOPPED";
      task.run.stopCode = "EssentialContainerExited";
      task.stoppedReason = "Essential container in task exited";
    }
    settle(task);
  }

  function fail(task: StartedTask, reason: string): void {
    task.run.desiredStatus = "STOPPED";
    task.run.stopCode = "TaskFailedToStart";
    task.stoppedReason = reason;
    settle(task);
  }

  /** Stops the containers of a task that is to stop; it is STOPPED when they are. */
  function settle(task: StartedTask): void {
    if (task.run.desiredStatus === "RUNNING" || task.status === "STOPPED") {
      return;
    }
    for (const container of task.run.containers.values()) {
      if (container.status === "PENDING") container.status = "STOPPED";
      processes.get(container)?.stop(stopTimeoutMs);
    }
    const running = [...task.run.containers.values()]
      .some(({ status }) => status === "RUNNING");
    if (running) return;
    task.run.stoppedAt = now();
    endSessions(task.taskId);
    enter(task, "STOPPED");
  }

  function enter(task: StartedTask, status: TaskChange["status"]): void {
    task.status = status;
    log.addTaskChange({
      time: new Date(now()).toISOString(),
      taskId: task.taskId,
      status,
      ...(status === "STOPPED"
        ? { stopCode: task.run.stopCode, stoppedReason: task.stoppedReason }
        : {}),
    });
  }

  /** Where the cluster's other tasks of that kind are; it has one machine of each. */
  function findInstance(
    { name, tasks }: Cluster,
    launchType: LaunchType,
  ): string | undefined {
    if (launchType === "FARGATE") return undefined;
    return tasks.find((task) => task.launchType === launchType)
      ?.containerInstanceArn ??
      `arn:aws:ecs:${region}:${account}:container-instance/${name}/${
        drawText(random, "0123456789abcdef", 32)
      }`;
  }

  return {
    start,
    stop(task, reason) {
      if (!isStarted(task) || task.run.desiredStatus === "STOPPED") return;
      task.run.desiredStatus = "STOPPED";
      task.run.stopCode = "UserInitiated";
      task.stoppedReason = reason;
      settle(task);
    },
    async close() {
      timers.close();
      for (const process of processes.values()) process.kill();
      await Promise.all(exits);
    },
  };
}

function isStarted(task: Task): task is StartedTask {
  return task.run !== undefined;
}
