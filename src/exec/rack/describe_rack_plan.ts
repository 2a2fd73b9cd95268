import type { Process } from "../../access/rack/read_answers.ts";
import type { Rack } from "../../access/rack/rack.ts";
import type { SessionInvocation } from "../../args/invocation.ts";
import type { Config } from "../../config/config.ts";
import { formatDuration } from "../../duration.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { describeSource } from "../../output/describe_source.ts";
import type { RackPlan } from "../../output/format_rack_plan.ts";
import { present } from "../../present.ts";
import type { Route } from "../../route/route.ts";
import type { Setting } from "../../setting.ts";
import type { Target } from "../../target/target.ts";
import type { SessionStreams } from "../../terminal/choose_streams.ts";
import { describeCommand } from "../prepare_command.ts";

/** Describes what `porthole exec` or `run` would do over a rack. */
export function describeRackPlan(
  invocation: SessionInvocation,
  config: Config & { readonly rack: Setting<string> },
  { rack, region, target, streams, maxDuration, route }: {
    readonly rack: Rack;
    readonly region: string | undefined;
    readonly target:
      & Pick<Target<Process>, "cluster" | "service">
      & Partial<Pick<Target<Process>, "task" | "container">>;
    /** Absent where only the rack knows. */
    readonly route?: Route | undefined;
    readonly streams: SessionStreams;
    /** Of a process that is to be started. */
    readonly maxDuration?: string;
  },
): RackPlan {
  const { cluster, service, timeoutMs } = config;
  return present({
    rack: { value: rack.name, source: describeSource(config.rack.source) },
    url: rack.url.origin,
    region,
    cluster: {
      value: target.cluster,
      source: target.cluster === nameOfArn(cluster.value) &&
          cluster.source.kind !== "default"
        ? describeSource(cluster.source)
        : "chosen",
    },
    service: target.service === undefined ? undefined : {
      value: target.service,
      source: service === undefined ? "the process" : describeSource(
        service.source,
      ),
    },
    task: target.task?.id,
    // Convox's racks name a container as its service, whatever it is.
    container: route && target.container?.name,
    runtimeId: route && target.container?.runtimeId,
    route: route && { kind: route.kind, because: route.because },
    stderr: streams.interactive
      ? "merge" as const
      : invocation.stderr ?? (route?.kind === "docker" ? "split" : "merge"),
    maxDuration,
    command: describeCommand(invocation.command, config),
    user: invocation.user,
    workdir: invocation.workdir,
    env: invocation.env.map(({ name }) => name),
    interactive: streams.interactive,
    stdin: streams.interactive || streams.stdin,
    binary: streams.binary,
    timeout: {
      value: timeoutMs.value === 0 ? "none" : formatDuration(timeoutMs.value),
      source: describeSource(timeoutMs.source),
    },
  });
}
