import { present } from "../present.ts";
import type { TaskInvocation } from "../args/invocation.ts";
import { accountOfArn } from "../account_of_arn.ts";
import type { Config } from "../config/config.ts";
import type { Deps } from "../deps.ts";
import { formatDuration } from "../duration.ts";
import { nameOfArn } from "../name_of_arn.ts";
import { describeSource } from "../output/describe_source.ts";
import type { ExecPlan } from "../output/format_exec_plan.ts";
import type { Sourced } from "../output/plan_rows.ts";
import { choosePick } from "./choose_pick.ts";
import { describeCommand } from "./prepare_command.ts";
import type { DecidedSession } from "./decide_way.ts";
import { explainUnknownStatus } from "./explain_unknown_status.ts";
import { explainUnsentStdin } from "./explain_unsent_stdin.ts";
import { dockerHostSetting } from "./reach_docker.ts";

/** Describes what `porthole exec` or `cp` would do. */
export function describeExecPlan(
  invocation: TaskInvocation,
  { config, streams, way, target, access }: DecidedSession,
  deps: Pick<Deps, "env">,
): ExecPlan {
  const { route, client } = way;
  const { task, container } = target;
  const { region, profile, cluster, service, timeoutMs } = config;
  const statusUnknown = explainUnknownStatus(way, invocation, streams);
  return present({
    cluster: {
      value: target.cluster,
      source: target.cluster === nameOfArn(cluster.value)
        ? describeSource(cluster.source)
        : "chosen",
    },
    ...(target.service === undefined ? {} : {
      service: {
        value: target.service,
        source: service === undefined || invocation.task?.kind === "id"
          ? "the task's group"
          : describeSource(service.source),
      },
    }),
    task: task.id,
    container: {
      value: container.name,
      source: invocation.container !== undefined
        ? "--container"
        : choosePick(config.pick) === "prompt" && task.containers.length > 1
        ? "chosen"
        : "the task definition",
    },
    runtimeId: container.runtimeId,
    region: {
      value: access.region,
      source: region === undefined ? "AWS" : describeSource(region.source),
    },
    account: accountOfArn(task.arn),
    profile: profile && {
      value: profile.value,
      source: describeSource(profile.source),
    },
    route,
    client: client.kind,
    clientBecause: client.because,
    ...(route.kind === "docker"
      ? {
        dockerHost: tellHost(config, deps),
        privileged: invocation.privileged,
      }
      : {}),
    command: describeCommand(invocation.command, config),
    user: invocation.user,
    workdir: invocation.workdir,
    env: invocation.env.map(({ name }) => name),
    statusUnknown,
    interactive: streams.interactive,
    stdin: streams.interactive ||
      (streams.stdin && explainUnsentStdin(way, invocation) === undefined),
    binary: client.kind === "docker"
      ? !streams.interactive
      : statusUnknown === undefined && streams.binary,
    stderr: way.stderr,
    keepAlive: way.keepAlive && client.kind === "builtin",
    timeout: {
      value: timeoutMs.value === 0 ? "none" : formatDuration(timeoutMs.value),
      source: describeSource(timeoutMs.source),
    },
  });
}

function tellHost(config: Config, deps: Pick<Deps, "env">): Sourced {
  const { value, source } = dockerHostSetting(config, deps);
  return { value, source: describeSource(source) };
}
