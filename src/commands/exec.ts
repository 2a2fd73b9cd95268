import type { ExecInvocation } from "../args/invocation.ts";
import type { Deps } from "../deps.ts";
import { announceTarget, describeTarget } from "../exec/announce_target.ts";
import { type DecidedSession, decideSession } from "../exec/decide_way.ts";
import { describeDryRun } from "../exec/describe_dry_run.ts";
import { describeRequest, prepareGround } from "../exec/prepare_ground.ts";
import { runRecorded } from "../exec/run_recorded.ts";
import type { Cancellation } from "../limits/cancel_on_signal.ts";
import type { Log } from "../log.ts";
import { formatPlan } from "../output/format_plan.ts";
import type { Report } from "../report/report.ts";
import { type RecordFacts, reportSession } from "../report/report_session.ts";
import {
  asksRack,
  type OpenedConfig,
  readConfig,
} from "../start/open_access.ts";

/** Runs `porthole exec`. It never rejects. */
export async function exec(
  invocation: ExecInvocation,
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
        const { execOnRack } = await import("../exec/rack/exec_on_rack.ts");
        return await execOnRack(invocation, config, {
          cancellation,
          stdio,
          log,
          record,
        });
      }
      const decided = await cancellation.orCancelled(
        decide(invocation, config, { deps, log, record }),
      );
      if (invocation.dryRun) {
        const plan = describeDryRun(invocation, decided, deps);
        return { kind: "plan", text: formatPlan(plan, invocation.output) };
      }
      return await runRecorded(decided, { deps, cancellation, stdio }, record);
    },
  );
}

/** Finds out where, how and through what to run; it only reads, and asks where it has to. */
async function decide(
  invocation: ExecInvocation,
  config: OpenedConfig,
  { deps, log, record }: {
    readonly deps: Deps;
    readonly log: Log;
    readonly record: RecordFacts;
  },
): Promise<DecidedSession> {
  if (invocation.task?.kind === "id") record({ task: invocation.task.id });
  const ground = await prepareGround(invocation, config, { deps, log });
  record({ region: ground.access.region });
  const found = await announceTarget(invocation, ground, { deps, log });
  record(describeTarget(found.target));
  return await decideSession(ground, found, record);
}
