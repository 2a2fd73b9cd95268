import { createRackDirectory } from "../../access/rack/create_rack_directory.ts";
import { createRackSessions } from "../../access/rack/create_rack_sessions.ts";
import type { RunInvocation, RunMode } from "../../args/invocation.ts";
import type { Config } from "../../config/config.ts";
import { formatDuration } from "../../duration.ts";
import type { Log } from "../../log.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { describeSource } from "../../output/describe_source.ts";
import { formatRackPlan } from "../../output/format_rack_plan.ts";
import type { WorkEnd } from "../../report/report_result.ts";
import type { RecordFacts } from "../../report/report_session.ts";
import type { Setting } from "../../setting.ts";
import { createChooser } from "../../start/create_chooser.ts";
import { dialRack } from "../../start/dial_rack.ts";
import { findRack } from "../../start/find_rack.ts";
import { askSystem, openRack } from "../../start/open_rack.ts";
import { refuseWithoutService } from "../../target/find_task.ts";
import type { Stdio } from "../../terminal/run_session.ts";
import { describeCommand } from "../prepare_command.ts";
import { refuseWithRack } from "./check_rack_flags.ts";
import { describeRackLeft } from "./describe_rack_left.ts";
import { describeRackPlan } from "./describe_rack_plan.ts";
import { findApp } from "./find_process.ts";
import { openWhenReady } from "./open_when_ready.ts";
import { prepareRackSession } from "./prepare_rack_session.ts";
import { runOnRack } from "./run_on_rack.ts";
import { withProcess } from "./with_process.ts";

/** Runs `porthole run` over a rack, as Convox's CLI does it: a process that sleeps, a session in it, and its end. */
export async function runProcess(
  typed: RunInvocation,
  mode: Extract<RunMode, { kind: "attached" }>,
  config: Config & { readonly rack: Setting<string> },
  { cancellation, stdio, log, record }: {
    readonly cancellation: Cancellation;
    readonly stdio: Stdio;
    readonly log: Log;
    readonly record: RecordFacts;
  },
): Promise<WorkEnd> {
  const { deps } = cancellation;
  // A rack's process takes no variables: the session does.
  const invocation = { ...typed, env: typed.variables };
  checkRunFlags(invocation, mode);
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
    const app = await findApp(directory, config, {
      ...await createChooser(invocation, config, deps, log),
      announce: log.info,
      enterPlace: () => {},
    });
    if (config.service === undefined) {
      throw await refuseWithoutService(directory, app, {
        doing: "start a process",
        usage: "porthole run APP/SERVICE -- COMMAND",
      });
    }
    return { app, service: nameOfArn(config.service.value), region };
  };
  const { app, service, region } = await cancellation.orCancelled(find());
  record({ cluster: app, service });
  if (invocation.dryRun) {
    const plan = describeRackPlan(invocation, config, {
      rack,
      region,
      target: { cluster: app, service },
      streams,
      maxDuration: formatDuration(mode.maxDurationMs),
    });
    return { kind: "plan", text: formatRackPlan(plan, invocation.output) };
  }

  const ownLog = log.withPrefix(`${service}/${app}`);
  ownLog.info("Starting run");
  const size = streams.interactive ? deps.terminalSize() : undefined;
  const sessions = createRackSessions(client, dialRack(rack, deps));
  const status = await withProcess(client, { app, service }, {
    maxDurationMs: mode.maxDurationMs,
    limitMs: config.timeoutMs.value,
    cancellation,
    log: ownLog,
    work: async (task) => {
      record({ task: task.id });
      ownLog.info(`Command: ${describeCommand(invocation.command, config)}`);
      const request = {
        cluster: app,
        task,
        container: task.containers[0]!,
        command: prepared.command.text,
        entrypoint: true,
        ...(size === undefined ? {} : { size }),
      };
      const keepAlive = invocation.keepAlive ?? streams.interactive;
      return await runOnRack(
        (onStarted) =>
          openWhenReady(
            sessions,
            { request, ...prepared, keepAlive },
            { deps, log: ownLog, onStarted },
          ),
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
              cluster: app,
              task: task.id,
            }),
        },
      );
    },
  });
  return { kind: "status", status };
}

/** @throws {PortholeError} usage for what a Convox rack does not let us choose. */
function checkRunFlags(
  invocation: RunInvocation,
  { replaceEntryPoint }: Extract<RunMode, { kind: "attached" }>,
): void {
  const typed: readonly (readonly [flag: string, isTyped: boolean])[] = [
    ["task-definition", invocation.taskDefinition !== undefined],
    ["revision", invocation.revision !== undefined],
    ["cpu", invocation.cpu !== undefined],
    ["memory", invocation.memory !== undefined],
    ["overrides-file", invocation.overridesFile !== undefined],
    ["tags", invocation.tags.length > 0],
    ["propagate-tags", invocation.propagateTags !== undefined],
    ["replace-entrypoint", replaceEntryPoint],
  ];
  const flag = typed.find(([, isTyped]) => isTyped)?.[0];
  if (flag !== undefined) throw refuseWithRack(`"--${flag}"`);
}
