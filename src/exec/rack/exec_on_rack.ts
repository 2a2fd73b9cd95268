import type { TaskInvocation } from "../../args/invocation.ts";
import { formatRackPlan } from "../../output/format_rack_plan.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import type { WorkEnd } from "../../report/report_result.ts";
import { announceTarget } from "../announce_target.ts";
import { askGeneration } from "../../start/open_rack.ts";
import { decideProcessRoute } from "./decide_process_route.ts";
import { explainNoProcess } from "./explain_no_process.ts";
import { describeRackPlan } from "./describe_rack_plan.ts";
import { findProcess } from "./find_process.ts";
import { openPortholeSession } from "./open_porthole_session.ts";
import { openRackSession } from "./open_rack_session.ts";
import {
  findRackApp,
  prepareRackGround,
  type RackConfig,
  type RackTools,
} from "./prepare_rack_ground.ts";
import { runOnRack } from "./run_on_rack.ts";

/** Runs the command of `porthole exec` or `cp` over a rack: AWS is asked nothing, and nothing of AWS's is read. */
export async function execOnRack(
  invocation: TaskInvocation,
  config: RackConfig,
  tools: RackTools,
): Promise<WorkEnd> {
  const { cancellation, log, record } = tools;
  const { deps } = cancellation;
  const ground = await prepareRackGround(invocation, config, tools);

  const find = async () => {
    const rack = await findRackApp(ground, invocation, config, tools);
    const { directory, app, isPorthole } = rack;
    const task = await findProcess(
      directory,
      app,
      invocation.task,
      isPorthole,
    );
    const found = await announceTarget(
      invocation,
      { config, access: directory },
      { deps, log },
      { cluster: app, clusterAssumed: false, ...(task && { task }) },
    ).catch(async (error) => {
      const service = config.service && nameOfArn(config.service.value);
      throw await explainNoProcess(error, directory, { app, service });
    });
    return { ...found, rack };
  };
  const { target, log: ownLog, rack } = await cancellation.orCancelled(find());
  record({
    cluster: target.cluster,
    service: target.service,
    task: target.task.id,
  });
  if (invocation.dryRun) {
    const route = rack.isPorthole
      ? decideProcessRoute(target, {
        ecsExec: rack.ecsExec,
        generation: await cancellation.orCancelled(
          askGeneration(ground.rackClient, target.cluster),
        ),
      })
      : undefined;
    const plan = describeRackPlan(invocation, config, {
      ...ground,
      region: rack.region,
      target,
      route,
    });
    return { kind: "plan", text: formatRackPlan(plan, invocation.output) };
  }
  const status = await runOnRack(
    rack.isPorthole
      ? (_sessions, decided, tools) =>
        openPortholeSession(invocation, decided, tools)
      : openRackSession,
    { ...ground, config, target },
    { ...tools, log: ownLog },
  );
  return { kind: "status", status };
}
