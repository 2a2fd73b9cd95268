import type { Access, StartAnswer } from "../../access/access.ts";
import { type ErrorCode, messageOf, PortholeError } from "../../errors.ts";
import type { Deps } from "../../deps.ts";
import type { Log } from "../../log.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { explainFailures } from "../../task/explain_start.ts";
import { explainNotStopped, findLine, stopTask } from "../../task/stop_task.ts";
import { CancelledBySignal } from "../../cancelled_by_signal.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import type { PreparedRun } from "./prepare_run.ts";

/** What a task is started, and stopped, with. */
export interface TaskTools {
  readonly access: Access;
  readonly deps: Pick<Deps, "sleep">;
  readonly log: Log;
  readonly cancellation: Cancellation;
}

/**
 * Starts tasks, does something with them, and stops them, whatever has come in between: a signal,
 * which never ends porthole before that; a failure; an answer of RunTask that was lost on its way.
 * Tasks that are to be left alone are left from when `work` begins.
 *
 * A signal while tasks are being stopped is noted, and the next one gives up.
 *
 * @throws what `work` throws; task_not_started where none was; and task_not_stopped in the place of both.
 */
export async function withTasks<T>(
  prepared: PreparedRun,
  tools: TaskTools,
  { leave, work }: {
    readonly leave: boolean;
    /** Gets at least one task. */
    readonly work: (answer: StartAnswer) => Promise<T>;
  },
): Promise<T> {
  const { log, cancellation } = tools;
  const givenUp = Promise.withResolvers<never>();
  // Nobody may be waiting for it when it comes.
  givenUp.promise.catch(() => {});
  let ending = false;
  let noted = false;
  const release = cancellation.outlast(() => {
    if (!ending) return;
    if (noted) givenUp.reject(new Error("another signal came"));
    else log.warn("Still stopping the task; once more leaves it running");
    noted = true;
  });
  const starting = startWith(prepared, tools);
  // Whoever waits for it has gone when it was cancelled.
  starting.answer.catch(() => {});
  let outcome: { readonly value: T } | { readonly error: unknown };
  let mayRun = true;
  try {
    const answer = await cancellation.orCancelled(starting.answer);
    if (answer.tasks.length === 0) {
      throw explainFailures(answer.failures, prepared.request.count);
    }
    mayRun = !leave;
    outcome = { value: await work(answer) };
  } catch (error) {
    outcome = { error };
  }

  ending = true;
  try {
    if (mayRun) {
      const reason = `porthole run: ${
        "error" in outcome ? tellEnd(outcome.error) : "done"
      }`;
      await endAll(prepared, starting, reason, {
        ...tools,
        givenUp: givenUp.promise,
      });
    }
  } catch (error) {
    if ("error" in outcome) log.warn(messageOf(outcome.error));
    throw error;
  } finally {
    release();
  }
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}

/** What may have come into being, and has to go. */
interface Starting {
  readonly answer: Promise<StartAnswer>;
  /** The ARN of a temporary task definition. */
  readonly copy: Promise<string> | undefined;
}

/** Asks for the task; nothing of it is started any more after a cancel. */
function startWith(
  { definition, container, request, entryPoint }: PreparedRun,
  { access, log, cancellation }: TaskTools,
): Starting {
  if (entryPoint === undefined) {
    return { answer: access.startTasks(request), copy: undefined };
  }
  const copy = access.copyTaskDefinition({
    taskDefinitionArn: definition.arn,
    family: nameCopy(definition.arn),
    container: container.name,
    entryPoint,
    tags: request.propagateTags,
  });
  const start = async () => {
    const taskDefinitionArn = await copy;
    log.info(`Temporary task definition: ${nameOfArn(taskDefinitionArn)}`);
    if (cancellation.isCancelled()) return { tasks: [], failures: [] };
    return await access.startTasks({ ...request, taskDefinitionArn });
  };
  return { answer: start(), copy };
}

/** A family holds 255 characters. */
function nameCopy(arn: string): string {
  const family = nameOfArn(arn).replace(/:\d+$/, "");
  return `${family.slice(0, 240)}-porthole-run`;
}

/** Stops what was started, and takes the temporary task definition back. */
async function endAll(
  { request, service }: PreparedRun,
  { answer, copy }: Starting,
  reason: string,
  { access, deps, log, givenUp }: TaskTools & {
    readonly givenUp: Promise<never>;
  },
): Promise<void> {
  const cluster = nameOfArn(service.clusterArn);
  let taskIds: readonly string[] = [];
  const stopAll = async () => {
    taskIds = await findStarted(answer, { access, log }, {
      cluster,
      startedBy: request.startedBy,
    });
    for (const taskId of taskIds) {
      await stopTask(access, { cluster, taskId, reason }, {
        deps,
        onRetry: (message) => log.warn(`${message}; trying again`),
      });
      log.info(`Task ${taskId} is being stopped`);
    }
  };
  const removeCopy = async () => {
    const arn = await copy?.catch(() => undefined);
    if (arn === undefined) return;
    try {
      await access.deregisterTaskDefinition(arn);
    } catch (error) {
      log.warn(`${messageOf(error)}; it is of no use any more`);
    }
  };
  try {
    await Promise.race([Promise.all([stopAll(), removeCopy()]), givenUp]);
  } catch (error) {
    const [taskId] = taskIds;
    if (error instanceof PortholeError) throw error;
    throw taskId === undefined
      ? new PortholeError(
        "task_not_stopped",
        "Cannot stop the task: AWS has not even answered whether it was started",
        {
          hint: `to find it: ${
            findLine(access.region, cluster, request.startedBy)
          }`,
        },
      )
      : explainNotStopped(access.region, { cluster, taskId }, error);
  }
}

/** What leaves open whether RunTask has started something: no answer, and a failure of AWS's own. */
const OPEN: readonly ErrorCode[] = ["unreachable", "aws_refused"];

/** The tasks that RunTask has started, also where its answer did not arrive. */
async function findStarted(
  answer: Promise<StartAnswer>,
  { access, log }: Pick<TaskTools, "access" | "log">,
  { cluster, startedBy }: {
    readonly cluster: string;
    readonly startedBy: string;
  },
): Promise<readonly string[]> {
  try {
    return (await answer).tasks.map(({ id }) => id);
  } catch (error) {
    const isOpen = error instanceof PortholeError && OPEN.includes(error.code);
    if (!isOpen) return [];
    try {
      return await access.listTasksStartedBy(cluster, startedBy);
    } catch {
      // A refusal is the likelier end of the two.
      if (error.code !== "unreachable") return [];
      log.warn(
        `A task may have been started; to find it: ${
          findLine(access.region, cluster, startedBy)
        }`,
      );
      return [];
    }
  }
}

/** Why the task is stopped, for whoever looks at it in ECS: no word of the command, which may be secret. */
function tellEnd(error: unknown): string {
  return error instanceof CancelledBySignal
    ? error.message.replace(/^C/, "c")
    : error instanceof PortholeError
    ? error.code
    : "failed";
}
