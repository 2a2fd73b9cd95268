import { present } from "../../present.ts";
import type { AwsAccess } from "../../access/access.ts";
import type { StatusInvocation } from "../../args/invocation.ts";
import type { Config } from "../../config/config.ts";
import type { Deps } from "../../deps.ts";
import { PortholeError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import {
  type ExecCount,
  formatStatusObject,
  renderStatus,
  type ServiceStatus,
} from "../../output/format_status.ts";
import {
  isOffered,
  refuseMissingTask,
  serviceOf,
} from "../../target/target.ts";
import { findService } from "../../start/find_service.ts";
import { openAccess } from "../../start/open_access.ts";
import type { Report } from "../../report/report.ts";
import { viewStdout } from "../../report/view_stdout.ts";
import { watchStatus } from "./watch_status.ts";
import { withinTimeout } from "../../limits/within_timeout.ts";

/** `porthole status`: how a service is doing, once or again and again. */
export async function showStatus(
  invocation: StatusInvocation,
  deps: Deps,
  log: Log,
): Promise<Report> {
  const { config, access } = await openAccess(invocation, deps, log);
  const { output, events, watch, shared } = invocation;
  const profile = config.profile?.value;
  const look: Look = async (cluster, service) => ({
    ...await withinTimeout(
      lookAt(access, cluster, service, log),
      config,
      deps,
    ),
    profile,
  });
  const first = await findStatus(access, invocation, {
    config,
    look,
    deps,
    log,
  });
  if (!watch) {
    return {
      stdout: output === "json"
        ? formatStatusObject(first, events)
        : renderStatus(first, events, viewStdout(shared.color, deps)),
      status: 0,
    };
  }
  const { cluster, service } = first;
  return await watchStatus(
    invocation,
    first,
    () => look(cluster, service.name),
    { deps, log },
  );
}

/** Looks at a service of a cluster. */
type Look = (cluster: string, service: string) => Promise<ServiceStatus>;

/** Looks at the service that was named, that started the task that was named, or that is chosen. */
async function findStatus(
  access: AwsAccess,
  { shared, taskId }: StatusInvocation,
  { config, look, deps, log }: {
    readonly config: Config;
    readonly look: Look;
    readonly deps: Deps;
    readonly log: Log;
  },
): Promise<ServiceStatus> {
  if (taskId !== undefined) {
    const cluster = config.cluster.value;
    const owner = findOwner(access, cluster, taskId);
    return await look(cluster, await withinTimeout(owner, config, deps));
  }
  return await findService(
    access,
    {
      flags: { shared },
      config,
      doing: "show the status",
      usage: "porthole status SERVICE",
      deps,
      log,
    },
    look,
  );
}

async function findOwner(
  access: AwsAccess,
  cluster: string,
  taskId: string,
): Promise<string> {
  const task = await access.describeTask(cluster, taskId);
  if (task === undefined) throw refuseMissingTask(taskId, cluster);
  const service = serviceOf(task);
  if (service !== undefined) return service;
  throw new PortholeError(
    "no_service",
    `Cannot show the status of task ${taskId}: no service has started it`,
    { hint: `porthole tasks ${taskId} shows the task itself` },
  );
}

async function lookAt(
  access: AwsAccess,
  cluster: string,
  name: string,
  log: Log,
): Promise<ServiceStatus> {
  const [service, exec] = await Promise.all([
    access.describeService(cluster, name),
    countExec(access, cluster, name, log),
  ]);
  return {
    service,
    cluster: nameOfArn(service.clusterArn || cluster),
    region: access.region,
    ...present({ exec }),
  };
}

/** A user who may describe services may not be allowed to list tasks. */
async function countExec(
  access: AwsAccess,
  cluster: string,
  service: string,
  log: Log,
): Promise<ExecCount | undefined> {
  try {
    const tasks = await access.listTasks(cluster, service, "RUNNING");
    const running = tasks.filter(isOffered);
    return {
      running: running.length,
      enabled: running.filter(({ executeCommandEnabled }) =>
        executeCommandEnabled
      ).length,
    };
  } catch (error) {
    if (!(error instanceof PortholeError)) throw error;
    // Other failures show when the service itself is described.
    log.debug(error.message);
    return undefined;
  }
}
