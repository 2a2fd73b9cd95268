import type { ExecAllInvocation } from "../../args/invocation.ts";
import { CancelledBySignal } from "../../cancelled_by_signal.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import type { Log } from "../../log.ts";
import {
  formatPlans,
  formatResults,
  type ManyResult,
} from "../../output/format_results.ts";
import { summarizeResults } from "../../output/summarize_results.ts";
import type { Report } from "../../report/report.ts";
import { reportResult } from "../../report/report_result.ts";
import { gatherTasks } from "./gather_tasks.ts";
import { joinStatuses } from "./join_statuses.ts";
import { runTasks } from "./run_tasks.ts";

/** Runs `porthole exec --all`: one command in every running task. It never rejects. */
export async function execAll(
  invocation: ExecAllInvocation,
  cancellation: Cancellation,
  log: Log,
): Promise<Report> {
  const { deps } = cancellation;
  const { output, result: path, outputDir } = invocation;
  return await reportResult<ManyResult>(
    {
      initial: { results: [] },
      path,
      format: (result) => formatResults(result, { withOutput: false }),
      ...(output === "json"
        ? {
          print: (result: ManyResult) =>
            formatResults(result, { withOutput: outputDir === undefined }),
        }
        : {}),
    },
    { deps, log },
    async (learn) => {
      const gathered = await cancellation.orCancelled(
        gatherTasks(invocation, { deps, log }),
      );
      const { results, heard } = await runTasks(
        invocation,
        gathered,
        cancellation,
      );
      learn({ results });
      const status = joinStatuses(results);
      if (invocation.dryRun && heard === undefined) {
        const text = formatPlans({ results, status }, output);
        return { kind: "plan", text, status };
      }
      for (const line of summarizeResults(results)) gathered.log.info(line);
      if (heard !== undefined) {
        throw new CancelledBySignal(heard, { inSession: true });
      }
      return { kind: "status", status };
    },
  );
}
