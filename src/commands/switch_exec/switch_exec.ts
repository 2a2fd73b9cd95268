import { present } from "../../present.ts";
import type { Service } from "../../access/access.ts";
import type { ExecSwitchInvocation } from "../../args/invocation.ts";
import { type ErrorCode, explainUnknown, PortholeError } from "../../errors.ts";
import { exitStatusOf } from "../../exit_status.ts";
import type { Log } from "../../log.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import {
  accountOf,
  type ExecSwitchResult,
  formatExecSwitch,
  sayTurn,
} from "../../output/format_exec_switch.ts";
import { lookAtService } from "../../service/follow_rollout.ts";
import { findPrimary, type RolloutLook } from "../../service/judge_rollout.ts";
import { decideSwitch } from "../../service/decide_switch.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import { checkService, refuseForeignController } from "./check_switch.ts";
import { confirmSwitch } from "./confirm_switch.ts";
import { findService } from "../../start/find_service.ts";
import { followSwitch } from "./follow_switch.ts";
import { openAccess } from "../../start/open_access.ts";
import type { Report } from "../../report/report.ts";
import type { LearnSwitch, SwitchedService } from "./switched_service.ts";
import { withinTimeout } from "../../limits/within_timeout.ts";
import { toLine } from "../../quote_value.ts";

/** What ends a wait for an answer that may still come. */
const LEFT: readonly ErrorCode[] = ["cancelled", "timed_out"];

/**
 * `porthole enable-exec` and `porthole disable-exec`. It never rejects: a failure is part of the
 * report, and of the result.
 */
export async function switchExec(
  invocation: ExecSwitchInvocation,
  cancellation: Cancellation,
  log: Log,
): Promise<Report> {
  const { enable, output } = invocation;
  let result: ExecSwitchResult = { enable, changed: false };
  const learn: LearnSwitch = (facts) => result = { ...result, ...facts };
  let status = 0;
  try {
    const { place, look } = await cancellation.orCancelled(
      openService(invocation, { cancellation, log, learn }),
    );
    learn({ summary: await switchService(place, look) });
  } catch (thrown) {
    const error = explainUnknown(thrown);
    status = exitStatusOf(error, "local");
    learn({ error });
  }
  learn({ status });
  const { error, summary } = result;
  return {
    ...(output === "json"
      ? { stdout: formatExecSwitch(result) }
      : error === undefined
      ? { stdout: `${toLine(summary ?? "")}\n` }
      : {}),
    ...present({ error }),
    status,
  };
}

async function openService(
  invocation: ExecSwitchInvocation,
  { cancellation, log, learn }: Pick<
    SwitchedService,
    "cancellation" | "log" | "learn"
  >,
): Promise<{ readonly place: SwitchedService; readonly look: RolloutLook }> {
  const { deps } = cancellation;
  const { shared, enable } = invocation;
  const { config, access } = await openAccess(invocation, deps, log);
  learn({ region: access.region, cluster: nameOfArn(config.cluster.value) });
  return await findService(
    access,
    {
      flags: { shared },
      config,
      doing: sayTurn(enable),
      usage: `porthole ${enable ? "enable" : "disable"}-exec SERVICE`,
      deps,
      log,
    },
    async (cluster, service) => {
      const names = {
        cluster: nameOfArn(cluster),
        service: nameOfArn(service),
      };
      learn(names);
      const place = {
        invocation,
        config,
        access,
        cluster,
        service,
        log: log.withPrefix(`${names.service}/${names.cluster}`),
        cancellation,
        learn,
      };
      const look = withinTimeout(lookAtService(place), config, deps);
      return { place, look: await look };
    },
  );
}

/** Resolves with what there is to say once all is as wanted, or on its way. */
export async function switchService(
  place: SwitchedService,
  look: RolloutLook,
): Promise<string> {
  const { invocation, log, learn } = place;
  const { enable, wait } = invocation;
  const { service } = look;
  learn({
    account: accountOf(service),
    profile: place.config.profile?.value,
  });
  if (service.status !== "ACTIVE") {
    throw new PortholeError(
      "service_unsuitable",
      `Cannot ${
        sayTurn(enable)
      } for service "${service.name}": it is ${service.status}`,
    );
  }
  const plan = decideSwitch(look, enable);
  switch (plan.kind) {
    case "already":
      return `${sayState(place, service)} already, and ${
        sayTasks(look, enable)
      }`;
    case "under_way": {
      const { id } = plan.deployment;
      learn({ deployment: id });
      if (!wait) {
        return `${
          sayState(place, service)
        } already, and deployment ${id} is under way`;
      }
      log.info(`Already requested; following deployment ${id}`);
      return await follow(place, {
        enable,
        deployment: plan.deployment,
      });
    }
    case "update":
      return await update(place, look, plan.lacking.length);
  }
}

async function update(
  place: SwitchedService,
  { service, tasks }: RolloutLook,
  lacking: number,
): Promise<string> {
  const { invocation, access, cancellation, log, learn } = place;
  const { enable, yes, wait, shared } = invocation;
  const force = lacking > 0;
  if (force) refuseForeignController(enable, service, access.region);
  if (enable) {
    await cancellation.orCancelled(
      withinTimeout(
        checkService(place, { service, tasks }),
        place.config,
        cancellation.deps,
      ),
    );
  }
  if (service.executeCommandEnabled === enable) {
    log.info(
      `ECS Exec is ${
        enable ? "on" : "off"
      } already, but ${lacking} of ${tasks.length} tasks were started before`,
    );
  }
  if (!yes) {
    await cancellation.orCancelled(
      confirmSwitch(
        {
          enable,
          region: access.region,
          profile: place.config.profile?.value,
          service,
          replaced: force ? tasks.length : 0,
        },
        shared,
        cancellation.deps,
      ),
    );
  }
  learn({ startedAt: cancellation.deps.now() });
  const updated = await updateService(place, force);
  learn({ changed: true });
  const deployment = findPrimary(updated);
  if (!force || deployment === undefined) {
    return `${sayState(place, service)}${
      force ? "" : "; no task had to be replaced"
    }`;
  }
  learn({ deployment: deployment.id });
  if (!wait) {
    return `${
      sayState(place, service)
    } for tasks that start from now on; deployment ${deployment.id} replaces ${
      countTasks(tasks)
    }`;
  }
  log.info(`Deployment ${deployment.id} replaces ${countTasks(tasks)}`);
  return await follow(place, { enable, deployment });
}

/** After a cancellation it is unknown whether the service was updated. */
async function updateService(
  place: SwitchedService,
  forceNewDeployment: boolean,
): Promise<Service> {
  const { invocation, config, access, cluster, service, log, learn } = place;
  const { deps, orCancelled } = place.cancellation;
  const updating = access.updateService(cluster, service, {
    executeCommandEnabled: invocation.enable,
    forceNewDeployment,
  });
  try {
    return await orCancelled(withinTimeout(updating, config, deps));
  } catch (error) {
    if (!(error instanceof PortholeError) || !LEFT.includes(error.code)) {
      throw error;
    }
    learn({ changed: undefined });
    log.warn(
      `The service may have been updated: check with porthole status ${
        nameOfArn(cluster)
      }/${nameOfArn(service)}`,
    );
    throw error;
  }
}

async function follow(
  place: SwitchedService,
  goal: Parameters<typeof followSwitch>[1],
): Promise<string> {
  const look = await followSwitch(place, goal);
  return `${sayState(place, look.service)}, and ${sayTasks(look, goal.enable)}`;
}

function sayState(
  { invocation, cluster }: SwitchedService,
  { name }: Service,
): string {
  return `ECS Exec is ${
    invocation.enable ? "on" : "off"
  } for service "${name}" of cluster "${nameOfArn(cluster)}"`;
}

function sayTasks({ tasks }: RolloutLook, enable: boolean): string {
  if (tasks.length === 0) return "it has no tasks";
  const running = tasks.filter(({ status }) => status === "RUNNING");
  return running.length === 0
    ? "none of its tasks is running yet"
    : `${enable ? "every" : "no"} running task has it (${countTasks(running)})`;
}

function countTasks({ length }: readonly unknown[]): string {
  return `${length} ${length === 1 ? "task" : "tasks"}`;
}
