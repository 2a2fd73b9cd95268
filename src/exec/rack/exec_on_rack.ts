import { createRackDirectory } from "../../access/rack/create_rack_directory.ts";
import { createRackSessions } from "../../access/rack/create_rack_sessions.ts";
import type { ExecInvocation } from "../../args/invocation.ts";
import type { Config } from "../../config/config.ts";
import type { Log } from "../../log.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import { describeSource } from "../../output/describe_source.ts";
import { formatRackPlan } from "../../output/format_rack_plan.ts";
import type { RecordFacts } from "../../report/report_session.ts";
import type { WorkEnd } from "../../report/report_result.ts";
import type { Setting } from "../../setting.ts";
import { createChooser } from "../../start/create_chooser.ts";
import { dialRack } from "../../start/dial_rack.ts";
import { findRack } from "../../start/find_rack.ts";
import { askSystem, openRack } from "../../start/open_rack.ts";
import type { Stdio } from "../../terminal/run_session.ts";
import { announceTarget } from "../announce_target.ts";
import { describeRackLeft } from "./describe_rack_left.ts";
import { describeRackPlan } from "./describe_rack_plan.ts";
import { findApp, findProcess } from "./find_process.ts";
import { openRackSession } from "./open_rack_session.ts";
import { prepareRackSession } from "./prepare_rack_session.ts";
import { runOnRack } from "./run_on_rack.ts";

/** Runs `porthole exec` over a rack: AWS is asked nothing, and nothing of AWS's is read. */
export async function execOnRack(
  invocation: ExecInvocation,
  config: Config & { readonly rack: Setting<string> },
  { cancellation, stdio, log, record }: {
    readonly cancellation: Cancellation;
    readonly stdio: Stdio;
    readonly log: Log;
    readonly record: RecordFacts;
  },
): Promise<WorkEnd> {
  const { deps } = cancellation;
  const prepared = await prepareRackSession(invocation, config, { deps, log });
  const { streams } = prepared;
  const rack = await findRack(config.rack, deps);
  record({ rack: { name: rack.name } });
  if (config.rack.source.kind === "file") {
    log.info(`Rack: ${rack.name} (${describeSource(config.rack.source)})`);
  }
  const client = openRack(rack, deps);

  const find = async () => {
    const { region } = await askSystem(client);
    const directory = createRackDirectory(client, region ?? "");
    if (region !== undefined) record({ region });
    const chooser = {
      ...await createChooser(invocation, config, deps, log),
      announce: log.info,
      enterPlace: () => {},
    };
    const cluster = await findApp(directory, config, chooser);
    const task = await findProcess(directory, cluster, invocation.task);
    const found = await announceTarget(
      invocation,
      { config, access: directory },
      { deps, log },
      { cluster, clusterAssumed: false, ...(task && { task }) },
    );
    return { ...found, region };
  };
  const { target, log: ownLog, region } = await cancellation.orCancelled(
    find(),
  );
  const { cluster, service, task } = target;
  record({ cluster, service, task: task.id });
  if (invocation.dryRun) {
    const plan = describeRackPlan(invocation, config, {
      rack,
      region,
      target,
      streams,
    });
    return { kind: "plan", text: formatRackPlan(plan, invocation.output) };
  }

  const size = streams.interactive ? deps.terminalSize() : undefined;
  const sessions = createRackSessions(client, dialRack(rack, deps));
  const status = await runOnRack(
    (onStarted) =>
      openRackSession(sessions, {
        request: {
          ...target,
          command: prepared.command.text,
          ...(size === undefined ? {} : { size }),
        },
        ...prepared,
        keepAlive: invocation.keepAlive ?? streams.interactive,
      }, { deps, log: ownLog, onStarted }),
    {
      deps,
      cancellation,
      stdio,
      log: ownLog,
      record,
      rackName: rack.name,
      streams,
      timeoutMs: config.timeoutMs.value,
      describeLeft: (left) =>
        describeRackLeft(left, {
          rack: config.rack.value,
          cluster,
          task: task.id,
        }),
    },
  );
  return { kind: "status", status };
}
