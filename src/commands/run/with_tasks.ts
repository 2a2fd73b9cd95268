import type { AwsAccess, StartAnswer } from "../../access/access.ts";
import { type ErrorCode, messageOf, PortholeError } from "../../errors.ts";
import type { Deps } from "../../deps.ts";
import type { Log } from "../../log.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { explainFailures } from "../../task/explain_start.ts";
import { explainNotStopped, findLine, stopTask } from "../../task/stop_task.ts";
import { CancelledBySignal } from "../../cancelled_by_signal.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import { withinTimeout } from "../../limits/within_timeout.ts";
import type { PreparedRun } from "./prepare_run.ts";
import { within } from "../../within.ts";

/** What a task is started, and stopped, with. */
export interface TaskTools {
  readonly access: AwsAccess;
  readonly deps: Pick<Deps, "sleep">;
  readonly log: Log;
  readonly cancellation: Cancellation;
}

/**
 * Starts tasks, does something with them, and stops them, whatever has come in between: a signal,
 * which never ends porthole before that; a failure; an answer of RunTask that was lost on its way.
 * Tasks that are to be left alone are left from when `work` begins.
 *
 * The signal that ends the work says that the next one leaves the task running, and so does one that
 * comes while tasks are being stopped anyway.
 *
 * @throws what `work` throws; task_not_started where none was; and task_not_stopped in the place of both.
 */
export async function withTasks<T>(
  prepared: PreparedRun,
  tools: TaskTools,
  { leave, limitMs, work }: {
    readonly leave: boolean;
    /** How long RunTask may take to answer; 0 means no limit. */
    readonly limitMs: number;
    /** Gets at least one task. */
    readonly work: (answer: StartAnswer) => Promise<T>;
  },
): Promise<T> {
  const { deps, log, cancellation } = tools;
  const givenUp = Promise.withResolvers<never>();
  // The failure may come when this promise is no longer awaited.
  givenUp.promise.catch(() => {});
  let ending = false;
  let told = false;
  const tellStop = () => {
    told = true;
    log.warn("Stopping the task; another signal leaves it running");
  };
  const release = cancellation.outlast(() => {
    if (!ending) return;
    if (told) givenUp.reject(new Error("another signal came"));
    else tellStop();
  });
  const starting = startWith(prepared, tools, () => ending);
  // After a cancellation this promise is no longer awaited.
  starting.answer.catch(() => {});
  let outcome: { readonly value: T } | { readonly error: unknown };
  let mayRun = true;
  try {
    const answer = await cancellation.orCancelled(
      withinTimeout(starting.answer, { timeoutMs: { value: limitMs } }, deps),
    );
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
      if ("error" in outcome && outcome.error instanceof CancelledBySignal) {
        tellStop();
      }
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

/** Asks for the task; nothing of it is started any more after a cancel, or once `isOver`. */
function startWith(
  { definition, container, request, entryPoint }: PreparedRun,
  { access, log, cancellation }: TaskTools,
  isOver: () => boolean,
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
    if (cancellation.isCancelled() || isOver()) {
      return { tasks: [], failures: [] };
    }
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
  const taskIds: string[] = [];
  const stopAll = async () => {
    const { startedBy, count } = request;
    const started = findStarted(answer, { access, deps, log }, {
      cluster,
      startedBy,
      count,
    });
    for await (const taskId of started) {
      taskIds.push(taskId);
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
      log.warn(`${messageOf(error)}; it can be deregistered by hand`);
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
        "Cannot stop the task: AWS has not answered yet whether it was started",
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
const OPEN: readonly ErrorCode[] = ["unreachable", "aws_refused", "throttled"];

/** Between two looks for tasks, and how many there are at most while RunTask is not answered. */
const LOOK_MS = 2_000;
const MOST_LOOKS = 30;
/** How many there are after its answer was lost: ECS lists a task some seconds after its start. */
const LOOKS_AFTER = 3;

/**
 * Finds each task that RunTask has started once: of its answer, and by who started it where that does
 * not come, or not soon.
 */
async function* findStarted(
  answer: Promise<StartAnswer>,
  { access, deps, log }: Pick<TaskTools, "access" | "deps" | "log">,
  { cluster, startedBy, count }: {
    readonly cluster: string;
    readonly startedBy: string;
    readonly count: number;
  },
): AsyncGenerator<string> {
  const found = new Set<string>();
  const keepNew = (ids: readonly string[]) => {
    const unseen = ids.filter((id) => !found.has(id));
    for (const id of unseen) found.add(id);
    return unseen;
  };
  const settled = answer.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  let end: { readonly error: unknown } | undefined;
  let looksLeft = MOST_LOOKS;
  while (found.size < count) {
    if (end === undefined) {
      const come =
        await (looksLeft === 0 ? settled : within(LOOK_MS, settled, deps));
      if (come !== undefined) {
        if ("value" in come) {
          return yield* keepNew(come.value.tasks.map(({ id }) => id));
        }
        end = come;
        if (!isOpen(end.error)) return;
        looksLeft = isUnanswered(end.error) ? LOOKS_AFTER : 1;
      }
    } else if (looksLeft === 0) break;
    else await deps.sleep(LOOK_MS);
    looksLeft--;
    try {
      yield* keepNew(await access.listTasksStartedBy(cluster, startedBy));
    } catch {
      // The next look may see it.
    }
  }
  // Where AWS reports a failure and no task is found, there is nothing to warn of.
  if (found.size > 0 || end === undefined || !isUnanswered(end.error)) return;
  log.warn(
    `A task may have been started; to find it: ${
      findLine(access.region, cluster, startedBy)
    }`,
  );
}

function isOpen(error: unknown): boolean {
  return error instanceof PortholeError && OPEN.includes(error.code);
}

/** Whether the outcome of RunTask is unknown. */
function isUnanswered(error: unknown): boolean {
  return error instanceof PortholeError && error.code === "unreachable";
}

/** Why the task is stopped, as ECS shows it: without the command, which may be secret. */
function tellEnd(error: unknown): string {
  if (!(error instanceof PortholeError)) return "failed";
  return error instanceof CancelledBySignal && error.inSession
    ? `cancelled by ${error.signal}`
    : error.code;
}
