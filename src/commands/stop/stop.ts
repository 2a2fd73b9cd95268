import { present } from "../../present.ts";
import type { AwsAccess, Task } from "../../access/access.ts";
import type { StopInvocation, TaskSelector } from "../../args/invocation.ts";
import type { Config } from "../../config/config.ts";
import type { Deps } from "../../deps.ts";
import { explainUnknown, PortholeError } from "../../errors.ts";
import { exitStatusOf } from "../../exit_status.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import { withinTimeout } from "../../limits/within_timeout.ts";
import type { Log } from "../../log.ts";
import { errorModel } from "../../output/format_error.ts";
import {
  describeStops,
  formatStops,
  formatStopsObject,
  type StoppedTask,
} from "../../output/format_stop.ts";
import { askLine } from "../../prompt/ask_line.ts";
import type { Report } from "../../report/report.ts";
import { openAccess } from "../../start/open_access.ts";
import { tellUnasked } from "../../target/chooser.ts";
import { findListed, refuseUnlisted } from "../../target/find_listed.ts";
import { namePlace } from "../../target/find_task.ts";
import { refuseMissingTask, serviceOf } from "../../target/target.ts";
import { waitForEnd } from "../../task/wait_for_end.ts";

/** `porthole stop`: stops tasks, after a question. */
export async function stop(
  invocation: StopInvocation,
  cancellation: Cancellation,
  log: Log,
): Promise<Report> {
  const { deps } = cancellation;
  const { config, access } = await openAccess(invocation, deps, log);
  const cluster = config.cluster.value;
  const tasks = await cancellation.orCancelled(withinTimeout(
    findTasks(access, cluster, invocation.tasks),
    config,
    deps,
  ));
  const running = tasks.filter(({ status }) => status !== "STOPPED");
  if (running.length > 0 && !invocation.yes) {
    await cancellation.orCancelled(confirm(running, invocation, access, deps));
  }
  const stops = await cancellation.orCancelled(Promise.all(
    tasks.map((task) =>
      stopOne(task, { invocation, cluster, access, config, deps, log })
    ),
  ));
  const failures = stops.flatMap(({ error }) => error ?? []);
  const [first] = failures;
  const status = first === undefined ? 0 : exitStatusOf(first, "local");
  for (const other of failures.slice(1)) log.warn(other.message);
  const models = stops.map(({ task, state, error }): StoppedTask => ({
    task,
    service: serviceOf(task),
    state,
    ...(error === undefined ? {} : { error: errorModel(error) }),
  }));
  return {
    stdout: invocation.output === "json"
      ? formatStopsObject(models, { region: access.region, status })
      : formatStops(models),
    ...present({ error: first }),
    status,
  };
}

/** @throws {PortholeError} task_not_found, task_ambiguous: before anything is stopped. */
async function findTasks(
  access: Pick<AwsAccess, "describeTask" | "listTasks" | "selectByIp">,
  cluster: string,
  selectors: readonly TaskSelector[],
): Promise<readonly Task[]> {
  const listed = selectors.some(({ kind }) => kind !== "id")
    ? await access.listTasks(cluster, undefined, "RUNNING")
    : [];
  const place = namePlace({ cluster });
  const tasks = await Promise.all(selectors.map(async (selector) => {
    if (selector.kind === "id") {
      const task = await access.describeTask(cluster, selector.id);
      if (task !== undefined) return task;
      throw refuseMissingTask(selector.id, cluster);
    }
    const task = await findListed(access, listed, selector, place);
    if (task !== undefined) return task;
    throw refuseUnlisted(
      selector,
      place,
      "porthole tasks lists the tasks that run",
    );
  }));
  return [...new Map(tasks.map((task) => [task.id, task])).values()];
}

/** @throws {PortholeError} no_choice where there is no terminal to ask on, and cancelled. */
async function confirm(
  tasks: readonly Task[],
  { shared: { noInput } }: StopInvocation,
  { region }: Pick<AwsAccess, "region">,
  deps: Pick<Deps, "stdin" | "stderr" | "onSignal">,
): Promise<void> {
  const question = describeStops(
    tasks.map((task) => ({ task, service: serviceOf(task) })),
    region,
  );
  if (noInput || !deps.stdin.isTerminal || !deps.stderr.isTerminal) {
    throw new PortholeError(
      "no_choice",
      `Cannot stop ${
        tasks.length === 1 ? `task ${tasks[0]!.id}` : `${tasks.length} tasks`
      }: ${tellUnasked(noInput)}`,
      {
        hint: [
          "--yes skips the question:",
          ...question.trimEnd().split("\n"),
        ],
      },
    );
  }
  deps.stderr.writeText(question);
  const answer = await askLine("Continue? [y/N] ", deps);
  if (/^\s*y(es)?\s*$/i.test(answer)) return;
  throw new PortholeError("cancelled", "Cancelled: nothing was stopped");
}

interface Stop extends Omit<StoppedTask, "error"> {
  readonly error?: PortholeError;
}

/** Never rejects: one that cannot be stopped is no reason to leave out the others. */
async function stopOne(
  task: Task,
  { invocation, cluster, access, config, deps, log }: {
    readonly invocation: StopInvocation;
    readonly cluster: string;
    readonly access: AwsAccess;
    readonly config: Config;
    readonly deps: Deps;
    readonly log: Log;
  },
): Promise<Stop> {
  if (task.status === "STOPPED") {
    log.info(`Task ${task.id} had stopped already`);
    return { task, state: "STOPPED" };
  }
  try {
    await access.stopTask(
      cluster,
      task.id,
      invocation.reason ?? "Stopped with porthole stop",
    );
  } catch (error) {
    return { task, state: "FAILED", error: explainUnknown(error) };
  }
  if (!invocation.wait) return { task, state: "STOPPING" };
  try {
    const ended = await waitForEnd(
      access,
      { cluster, task, limitMs: config.timeoutMs.value },
      { onLook: () => {}, deps },
    );
    return { task: ended, state: "STOPPED" };
  } catch (error) {
    return { task, state: "STOPPING", error: explainUnknown(error) };
  }
}
