import type { ExecInvocation } from "../args/invocation.ts";
import { execCommand } from "../exec/exec_command.ts";
import type { Cancellation } from "../limits/cancel_on_signal.ts";
import type { Log } from "../log.ts";
import type { Report } from "../report/report.ts";
import { reportSession } from "../report/report_session.ts";
import { readConfig } from "../start/open_access.ts";

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
      return await execCommand(invocation, config, {
        cancellation,
        stdio,
        log,
        record,
      });
    },
  );
}
