import type { RunInvocation, RunMode } from "../../args/invocation.ts";
import { formatDuration } from "../../duration.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { formatRackPlan } from "../../output/format_rack_plan.ts";
import type { WorkEnd } from "../../report/report_result.ts";
import { refuseWithoutService } from "../../target/find_task.ts";
import { describeCommand } from "../prepare_command.ts";
import { refuseWithRack } from "./check_rack_flags.ts";
import { describeRackPlan } from "./describe_rack_plan.ts";
import { openPortholeSession } from "./open_porthole_session.ts";
import { openWhenReady } from "./open_when_ready.ts";
import {
  findRackApp,
  prepareRackGround,
  type RackConfig,
  type RackTools,
} from "./prepare_rack_ground.ts";
import { runOnRack } from "./run_on_rack.ts";
import { withProcess } from "./with_process.ts";

/** Runs `porthole run` over a rack, as Convox's CLI does it: a process that sleeps, a session in it, and its end. */
export async function runProcess(
  typed: RunInvocation,
  mode: Extract<RunMode, { kind: "attached" }>,
  config: RackConfig,
  tools: RackTools,
): Promise<WorkEnd> {
  const { cancellation, log, record } = tools;
  // A rack's process has no variables of its own: the session sets them.
  const invocation = { ...typed, env: typed.variables };
  checkRunFlags(invocation, mode);
  const ground = await prepareRackGround(invocation, config, tools);

  const find = async () => {
    const found = await findRackApp(ground, invocation, config, tools);
    if (config.service === undefined) {
      throw await refuseWithoutService(found.directory, found.app, {
        doing: "start a process",
        usage: "porthole run APP/SERVICE -- COMMAND",
      });
    }
    return { ...found, service: nameOfArn(config.service.value) };
  };
  const { app, service, region, isPorthole } = await cancellation.orCancelled(
    find(),
  );
  record({ cluster: app, service });
  if (invocation.dryRun) {
    const plan = describeRackPlan(invocation, config, {
      ...ground,
      region,
      target: { cluster: app, service },
      maxDuration: formatDuration(mode.maxDurationMs),
    });
    return { kind: "plan", text: formatRackPlan(plan, invocation.output) };
  }

  const ownLog = log.withPrefix(`${service}/${app}`);
  ownLog.info("Starting run");
  const status = await withProcess(ground.rackClient, { app, service }, {
    maxDurationMs: mode.maxDurationMs,
    limitMs: config.timeoutMs.value,
    cancellation,
    log: ownLog,
    work: async (task) => {
      record({ task: task.id });
      ownLog.info(`Command: ${describeCommand(invocation.command, config)}`);
      const target = {
        cluster: app,
        task,
        container: task.containers[0]!,
        entrypoint: true,
      };
      return await runOnRack(
        isPorthole
          ? (_sessions, decided, tools) =>
            openPortholeSession(invocation, decided, tools)
          : openWhenReady,
        { ...ground, config, target },
        { ...tools, log: ownLog },
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
