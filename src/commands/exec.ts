import type { ExecInvocation } from "../args/invocation.ts";
import type { Log } from "../log.ts";
import { formatPlan } from "../output/format_plan.ts";
import type { Cancellation } from "../limits/cancel_on_signal.ts";
import { planExec } from "../exec/plan_exec.ts";
import { prepareExec } from "../exec/prepare_exec.ts";
import type { Report } from "../report/report.ts";
import { reportSession } from "../report/report_session.ts";
import { runExec } from "../exec/run_exec.ts";

/** Runs `porthole exec`. It never rejects. */
export async function exec(
  invocation: ExecInvocation,
  cancellation: Cancellation,
  log: Log,
): Promise<Report> {
  return await reportSession(
    invocation,
    { deps: cancellation.deps, log },
    async ({ deps, learn, tellStderr }) => {
      const prepared = await cancellation.orCancelled(
        prepareExec(invocation, { deps, log, learn }),
      );
      tellStderr(prepared.stderr);
      if (invocation.dryRun) {
        const plan = planExec(invocation, prepared, deps);
        return { kind: "plan", text: formatPlan(plan, invocation.output) };
      }
      return {
        kind: "status",
        status: await runExec(prepared, { deps, learn, cancellation }),
      };
    },
  );
}
