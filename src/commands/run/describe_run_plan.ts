import type { Directory } from "../../access/access.ts";
import { accountOfArn } from "../../account_of_arn.ts";
import { present } from "../../present.ts";
import type { RunInvocation } from "../../args/invocation.ts";
import { formatDuration } from "../../duration.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { describeSource } from "../../output/describe_source.ts";
import type { RunPlan } from "../../output/format_run_plan.ts";
import type { ChosenClient } from "../../exec/choose_client.ts";
import { describeCommand } from "../../exec/prepare_command.ts";
import type { Ground } from "../../exec/prepare_ground.ts";
import type { PreparedRun } from "./prepare_run.ts";

/** Tells what `porthole run` would do. */
export function describeRunPlan(
  invocation: RunInvocation,
  { service, definition, container, request, route, entryPoint }: PreparedRun,
  { config, access, client }: Pick<Ground, "config"> & {
    readonly access: Pick<Directory, "region">;
    /** Absent without a session. */
    readonly client?: ChosenClient | undefined;
  },
): RunPlan {
  const { mode, command } = invocation;
  const { region, profile, cluster, timeoutMs } = config;
  const { cpu, memory, containerOverrides = [] } = request.overrides;
  const name = nameOfArn(service.clusterArn);
  return present({
    region: {
      value: access.region,
      source: region === undefined ? "AWS" : describeSource(region.source),
    },
    account: accountOfArn(service.arn),
    profile: profile && {
      value: profile.value,
      source: describeSource(profile.source),
    },
    cluster: {
      value: name,
      source: name === nameOfArn(cluster.value)
        ? describeSource(cluster.source)
        : "chosen",
    },
    service: service.name,
    taskDefinition: {
      value: nameOfArn(definition.arn),
      source: invocation.taskDefinition !== undefined
        ? "--task-definition"
        : invocation.revision !== undefined
        ? "--revision"
        : "the service",
    },
    container: {
      value: container.name,
      source: invocation.container === undefined
        ? "the task definition"
        : "--container",
    },
    launch: request.capacityProviderStrategy.map(({ name }) => name)
      .join(", ") || (request.launchType ?? "the cluster's default"),
    platformVersion: request.platformVersion,
    subnets: request.network?.subnets ?? [],
    securityGroups: request.network?.securityGroups ?? [],
    executeCommand: request.executeCommand,
    cpu,
    memory,
    env: containerOverrides.find(({ name }) => name === container.name)
      ?.environment?.map(({ name }) => name) ?? [],
    tags: request.tags.map(({ key }) => key),
    count: request.count,
    ...(mode.kind === "detached" && command.kind === "shell"
      ? {}
      : { command: describeCommand(command, config) }),
    ...(mode.kind === "detached" || !route || !client ? {} : {
      session: {
        route,
        client: client.kind,
        clientBecause: client.because,
        maxDuration: formatDuration(mode.maxDurationMs),
        replaceEntryPoint: entryPoint !== undefined,
      },
    }),
    timeout: {
      value: timeoutMs.value === 0 ? "none" : formatDuration(timeoutMs.value),
      source: describeSource(timeoutMs.source),
    },
  });
}
