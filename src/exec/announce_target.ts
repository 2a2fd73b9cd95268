import { present } from "../present.ts";
import type { Directory, Task, TaskSummary } from "../access/access.ts";
import type { TaskInvocation } from "../args/invocation.ts";
import type { Config } from "../config/config.ts";
import type { Deps } from "../deps.ts";
import type { Log } from "../log.ts";
import type { ExecResult } from "../output/format_result.ts";
import { findTarget } from "../target/find_target.ts";
import { awaitTask } from "./await_task.ts";
import { choosePick } from "./choose_pick.ts";
import { describeCommand } from "./prepare_command.ts";
import type { Target, TargetRequest } from "../target/target.ts";
import { accountOfArn } from "../account_of_arn.ts";
import { createChooser } from "../start/create_chooser.ts";

/**
 * Finds the container and says so in the documented lines, the first as soon as their prefix is known.
 *
 * A dry run starts nothing, so it announces nothing.
 *
 * @param known what is known better than flags and configuration say it.
 */
export async function announceTarget<T extends TaskSummary = Task>(
  invocation: TaskInvocation,
  { config, access }: {
    readonly config: Config;
    readonly access: Directory<T>;
  },
  { deps, log }: { readonly deps: Deps; readonly log: Log },
  known: Partial<TargetRequest> = {},
): Promise<{ readonly target: Target<T>; readonly log: Log }> {
  let current = log;
  let prefix: string | undefined;
  const enterPlace = (service: string, cluster: string) => {
    const next = `${service}/${cluster}`;
    if (prefix === next) return;
    prefix = next;
    current = log.withPrefix(prefix);
    announce(`Starting ${invocation.kind}`);
  };
  const announce = (text: string) => invocation.dryRun || current.info(text);

  const request = {
    ...readRequest(invocation, config),
    ...(invocation.kind === "cp"
      ? { usage: "porthole cp SERVICE:PATH DST" }
      : {}),
    ...known,
  };
  const search = () =>
    findTarget(access, request, {
      ...createChooser(invocation, config, deps, log),
      announce: (heading) => current.info(heading),
      enterPlace,
    });
  const { waitForTaskMs, dryRun, shared } = invocation;
  const target = waitForTaskMs === undefined || dryRun
    ? await search()
    : await awaitTask(search, waitForTaskMs, { deps, log: current, shared });
  enterPlace(target.service ?? "-", target.cluster);
  announce(`Task ID: ${target.task.id}`);
  for (const note of target.notes) current.info(note);
  announce(`Container: ${target.container.name}`);
  announce(`Command: ${describeCommand(invocation.command, config)}`);
  return { target, log: current };
}

/** What flags and configuration say about where to go. */
export function readRequest(
  { task, container }: Pick<TaskInvocation, "task" | "container">,
  { path, cluster, service, pick }: Config,
): TargetRequest {
  return present({
    cluster: cluster.value,
    // A configuration file without a cluster means "default", as ecspresso's does.
    clusterAssumed: path === undefined && cluster.source.kind === "default",
    service: service === undefined ? undefined : service.value,
    task,
    container,
    pick: choosePick(pick),
  });
}

/** What a result says about a container. */
export function describeTarget(target: Target): Partial<ExecResult> {
  const { cluster, service, task, container } = target;
  return {
    cluster,
    service,
    task: task.id,
    account: accountOfArn(task.arn),
    container: container.name,
    ...present({ runtimeId: container.runtimeId }),
  };
}
