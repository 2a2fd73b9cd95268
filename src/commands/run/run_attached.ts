import type { RecordFacts } from "../../report/report_session.ts";
import type { Task } from "../../access/access.ts";
import type { RunInvocation } from "../../args/invocation.ts";
import type { Deps } from "../../deps.ts";
import { formatDuration } from "../../duration.ts";
import { PortholeError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import type { Target } from "../../target/target.ts";
import { explainNoStart } from "../../task/explain_start.ts";
import { waitForTask } from "../../task/wait_for_task.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import { describeCommand } from "../../exec/prepare_command.ts";
import { decideSession } from "../../exec/decide_way.ts";
import type { Ground } from "../../exec/prepare_ground.ts";
import type { PreparedRun } from "./prepare_run.ts";
import { startProgressLine } from "../../report/progress_line.ts";
import type { WorkEnd } from "../../report/report_result.ts";
import { runInContainer } from "../../exec/run_in_container.ts";
import type { Stdio } from "../../terminal/run_session.ts";
import { withTasks } from "./with_tasks.ts";

/** What a task is started, used and stopped with. */
export interface AttachedTools {
  readonly invocation: RunInvocation;
  readonly ground: Ground;
  readonly deps: Deps;
  /** With the prefix of the service. */
  readonly log: Log;
  readonly record: RecordFacts;
  readonly cancellation: Cancellation;
  readonly maxDurationMs: number;
  readonly stdio: Stdio;
}

/** Starts the task, runs the command in a session in it, and stops it. */
export async function runAttached(
  prepared: PreparedRun,
  tools: AttachedTools,
): Promise<WorkEnd> {
  const { invocation, ground, deps, log, record, cancellation, stdio } = tools;
  const limit = formatDuration(tools.maxDurationMs);
  const { access, config } = ground;
  const { container } = prepared;
  if (!container.essential) {
    log.warn(
      `Container "${container.name}" is not essential: the task will not stop when it exits after ${limit} (--max-duration); porthole has to stop it`,
    );
  }
  const beganAt = deps.now().getTime();
  const status = await withTasks(
    prepared,
    { access, deps, log, cancellation },
    {
      leave: false,
      limitMs: config.timeoutMs.value,
      work: async ({ tasks: [task] }) => {
        if (task === undefined) throw new RangeError("no task was started");
        const startedAt = deps.now().getTime();
        record({ task: task.id });
        log.info(`Task ID: ${task.id}`);
        const target = await awaitStart(task, prepared, beganAt, tools);
        log.info(`Container: ${target.container.name}`);
        log.info(
          `Command: ${describeCommand(invocation.command, config)}`,
        );
        let opened = false;
        try {
          const session = await cancellation.orCancelled(
            decideSession(ground, { target, log }, record),
          );
          const { facts, end } = await runInContainer(session, {
            deps,
            cancellation,
            stdio,
          });
          record(facts);
          opened = facts.sessionId !== undefined;
          if (end.kind === "failed") throw end.error;
          return end.status;
        } catch (error) {
          if (cancellation.isCancelled()) throw error;
          const aliveMs = deps.now().getTime() - startedAt;
          throw await explainEnd(error, target, {
            access,
            opened,
            late: aliveMs >= tools.maxDurationMs,
            limit,
          });
        }
      },
    },
  );
  return { kind: "status", status };
}

async function awaitStart(
  task: Task,
  { service, container }: PreparedRun,
  beganAt: number,
  { invocation, ground, deps, log, cancellation }: AttachedTools,
): Promise<Target> {
  const cluster = nameOfArn(service.clusterArn);
  const line = startProgressLine(log, deps, invocation.shared);
  try {
    const waiting = waitForTask(ground.access, {
      cluster,
      task,
      container: container.name,
      limitMs: ground.config.timeoutMs.value,
      beganAt,
    }, {
      deps,
      onLook: (progress, waitedMs) =>
        line.show(
          `Waiting for the task to start: ${progress}`,
          `${Math.floor(waitedMs / 1_000)}s`,
        ),
    });
    const running = await cancellation.orCancelled(waiting);
    return { cluster, service: service.name, ...running, notes: [] };
  } finally {
    line.clear();
  }
}

/** The end of a session, where the end of its task is the reason. */
async function explainEnd(
  error: unknown,
  { cluster, task, container }: Target,
  { access, opened, late, limit }: {
    readonly access: Ground["access"];
    /** Whether the command may have begun. */
    readonly opened: boolean;
    /** Whether the task has had all the time it was given. */
    readonly late: boolean;
    readonly limit: string;
  },
): Promise<unknown> {
  if (!(error instanceof PortholeError)) return error;
  if (error.code === "task_stopped" && late) {
    return error.withHint(
      `--max-duration (${limit}) expired, so the task stopped`,
    );
  }
  const silent = ["timed_out", "agent_not_running", "target_not_connected"]
    .includes(error.code);
  if (opened || !(silent || error.code === "task_stopped")) return error;
  const now = await access.describeTask(cluster, task.id).catch(() => task);
  const held = now?.containers.find(({ name }) => name === container.name);
  if (now?.status !== "RUNNING" || held?.status === "STOPPED") {
    return explainNoStart(task.id, now, container.name);
  }
  return silent
    ? error.withHint(
      "an image whose ENTRYPOINT does not run the command it is given may keep the agent from starting: --replace-entrypoint removes it",
    )
    : error;
}
