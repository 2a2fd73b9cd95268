import type { RunInvocation, RunMode } from "../../args/invocation.ts";
import { accountOfArn } from "../../account_of_arn.ts";
import type { Deps } from "../../deps.ts";
import { chooseWay } from "../../exec/decide_way.ts";
import { describeRequest, prepareGround } from "../../exec/prepare_ground.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import type { Log } from "../../log.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { formatRunPlan } from "../../output/format_run_plan.ts";
import type { Report } from "../../report/report.ts";
import {
  type RecordFacts,
  reportSession,
} from "../../report/report_session.ts";
import {
  asksRack,
  type OpenedConfig,
  readConfig,
} from "../../start/open_access.ts";
import { announceRun } from "./announce_run.ts";
import { describeRunPlan } from "./describe_run_plan.ts";
import { prepareRun } from "./prepare_run.ts";
import { reportDetached } from "./report_detached.ts";
import { runAttached } from "./run_attached.ts";

/** Runs `porthole run`. It never rejects. */
export async function run(
  invocation: RunInvocation,
  cancellation: Cancellation,
  log: Log,
): Promise<Report> {
  const { mode } = invocation;
  return mode.kind === "attached"
    ? await runInSession(invocation, mode, cancellation, log)
    : await reportDetached(invocation, mode, { cancellation, log });
}

async function runInSession(
  invocation: RunInvocation,
  mode: Extract<RunMode, { kind: "attached" }>,
  cancellation: Cancellation,
  log: Log,
): Promise<Report> {
  const { deps } = cancellation;
  return await reportSession(
    invocation,
    { deps, log },
    async ({ stdio, record }) => {
      const config = await cancellation.orCancelled(
        readConfig(invocation, deps, log),
      );
      record(describeRequest(invocation, config));
      if (asksRack(config)) {
        const { runProcess } = await import("../../exec/rack/run_process.ts");
        return await runProcess(invocation, mode, config, {
          cancellation,
          stdio,
          log,
          record,
        });
      }
      const { ground, prepared, client } = await cancellation.orCancelled(
        decide(invocation, config, { deps, log, record }),
      );
      if (invocation.dryRun) {
        const plan = describeRunPlan(invocation, prepared, {
          ...ground,
          client,
        });
        return { kind: "plan", text: formatRunPlan(plan, invocation.output) };
      }
      return await runAttached(prepared, {
        invocation,
        ground,
        deps,
        log: announceRun(prepared, log),
        record,
        cancellation,
        maxDurationMs: mode.maxDurationMs,
        stdio,
      });
    },
  );
}

/** Finds out what to start and how to reach it; it only reads, and asks where it has to. */
async function decide(
  invocation: RunInvocation,
  config: OpenedConfig,
  { deps, log, record }: {
    readonly deps: Deps;
    readonly log: Log;
    readonly record: RecordFacts;
  },
) {
  const ground = await prepareGround(invocation, config, { deps, log });
  const { access } = ground;
  record({ region: access.region });
  const prepared = await prepareRun(invocation, { config, access, deps, log });
  const { service, container, route } = prepared;
  record({
    cluster: nameOfArn(service.clusterArn),
    account: accountOfArn(service.arn),
    service: service.name,
    container: container.name,
  });
  // What cannot be carried is refused before there is a task; none is for Windows.
  const way = route && await chooseWay(ground, route, false);
  return { ground, prepared, client: way?.client };
}
