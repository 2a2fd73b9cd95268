import type { Learn } from "../../report/report_session.ts";
import type { RunInvocation, RunMode } from "../../args/invocation.ts";
import type { Log } from "../../log.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { formatRunPlan } from "../../output/format_run_plan.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import { planRun } from "./plan_run.ts";
import {
  checkSession,
  learnConfig,
  prepareGround,
} from "../../exec/prepare_exec.ts";
import { announceRun } from "./announce_run.ts";
import { type PreparedRun, prepareRun } from "./prepare_run.ts";
import type { Report } from "../../report/report.ts";
import { reportDetached } from "./report_detached.ts";
import { reportSession } from "../../report/report_session.ts";
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
  return await reportSession(
    invocation,
    { deps: cancellation.deps, log },
    async ({ deps, learn, tellStderr }) => {
      const decide = async () => {
        const tools = { deps, log, learn };
        const config = await learnConfig(invocation, tools);
        const ground = await prepareGround(invocation, config, tools);
        const prepared = await prepareRun(invocation, {
          config,
          access: ground.access,
          deps,
          log,
        });
        learnPlace(prepared, learn);
        const carrier = prepared.route &&
          await checkSession(ground, prepared.route);
        return { ground, prepared, carrier };
      };
      const { ground, prepared, carrier } = await cancellation.orCancelled(
        decide(),
      );
      if (invocation.dryRun) {
        const plan = planRun(invocation, prepared, { ...ground, carrier });
        return { kind: "plan", text: formatRunPlan(plan, invocation.output) };
      }
      return await runAttached(prepared, {
        invocation,
        ground,
        deps,
        log: announceRun(prepared, log),
        learn,
        cancellation,
        maxDurationMs: mode.maxDurationMs,
        tellStderr,
      });
    },
  );
}

function learnPlace(
  { service, container }: PreparedRun,
  learn: Learn,
): void {
  learn({
    cluster: nameOfArn(service.clusterArn),
    service: service.name,
    container: container.name,
  });
}
