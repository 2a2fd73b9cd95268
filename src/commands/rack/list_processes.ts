import type { Process } from "../../access/rack/read_answers.ts";
import type { TasksInvocation } from "../../args/invocation.ts";
import { usageError } from "../../args/usage_error.ts";
import type { Config } from "../../config/config.ts";
import type { Deps } from "../../deps.ts";
import { findApp } from "../../exec/rack/find_process.ts";
import { refuseWithRack } from "../../exec/rack/check_rack_flags.ts";
import type { Log } from "../../log.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { formatProcesses } from "../../output/format_processes.ts";
import type { Report } from "../../report/report.ts";
import { viewStdout } from "../../report/view_stdout.ts";
import { type RackRoute, readRackSettings } from "../../route/rack_settings.ts";
import { tellRoute } from "../../route/tell_route.ts";
import type { Setting } from "../../setting.ts";
import { createChooser } from "../../start/create_chooser.ts";
import { findRack } from "../../start/find_rack.ts";
import {
  askGeneration,
  openRack,
  openRackDirectory,
} from "../../start/open_rack.ts";
import { withinTimeout } from "../../limits/within_timeout.ts";
import { orderTasks, serviceOf } from "../../target/target.ts";

/** Why a flag is refused that asks for what only AWS knows. */
const OF_AWS = "it needs AWS credentials";

/** `porthole tasks` over a rack: the processes of an app, or of one of its services. */
export async function listProcesses(
  invocation: TasksInvocation,
  config: Config & { readonly rack: Setting<string> },
  deps: Deps,
  log: Log,
): Promise<Report> {
  if (invocation.taskId !== undefined) {
    throw usageError(
      "Cannot use a whole task id over a rack: it knows the last 12 characters",
      "Name the app and service: porthole tasks APP/SERVICE",
    );
  }
  if (invocation.all) throw refuseWithRack('"--all"', OF_AWS);
  if (invocation.watch) throw refuseWithRack('"--watch"', OF_AWS);
  if (invocation.filters.length > 0) throw refuseWithRack('"--filter"', OF_AWS);
  if (invocation.via?.source.kind === "flag") throw refuseWithRack('"--via"');
  if (invocation.ecsExec !== undefined) throw refuseWithRack('"--ecs-exec"');
  const rack = await findRack(config.rack, deps);
  const client = openRack(rack, deps);
  const service = invocation.allServices
    ? undefined
    : config.service && nameOfArn(config.service.value);
  const list = async () => {
    const { directory, region, isPorthole, ecsExec } = await openRackDirectory(
      client,
    );
    const chooser = createChooser(invocation, config, deps, log);
    const app = await findApp(directory, config, chooser);
    const [processes, generation] = await Promise.all([
      directory.listTasks(app, service),
      isPorthole ? askGeneration(client, app) : undefined,
    ]);
    const judge = generation === undefined
      ? undefined
      : judgeBy({ ecsExec, generation });
    return { app, region, processes: orderProcesses(processes, judge) };
  };
  const { app, region, processes } = await withinTimeout(list(), config, deps);
  if (processes.length === 0) {
    log.info(
      `No process of ${
        service === undefined ? `app "${app}"` : `service "${service}"`
      } is running`,
    );
  }
  return {
    stdout: formatProcesses(
      { rack: rack.name, app, service, region, processes },
      invocation.output,
      viewStdout(invocation.shared.color, deps),
    ),
    status: 0,
  };
}

/** How such a rack would reach the containers of a process; Convox's do not say what decides. */
function judgeBy(rack: RackRoute) {
  const settings = {
    ...readRackSettings(rack),
    throughSessionManager: false,
  };
  return ({ exec, id, status, containers }: Process) =>
    exec &&
    containers.map((container) => ({
      ...container,
      route: tellRoute({ ...exec, id, status }, container, settings),
    }));
}

/** By service, and in the order of tasks within one. */
function orderProcesses(
  processes: readonly Process[],
  judge: ReturnType<typeof judgeBy> | undefined,
) {
  return orderTasks(processes)
    .map((process) => ({
      ...process,
      service: serviceOf(process),
      routes: judge?.(process),
    }))
    .toSorted(({ service: one = "" }, { service: other = "" }) =>
      one < other ? -1 : one > other ? 1 : 0
    );
}
