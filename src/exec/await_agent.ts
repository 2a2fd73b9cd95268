import type { AwsAccess } from "../access/access.ts";
import type { SharedFlags } from "../args/invocation.ts";
import type { Deps } from "../deps.ts";
import { formatDuration } from "../duration.ts";
import type { Log } from "../log.ts";
import type { Target } from "../target/target.ts";
import { isAgentPending, waitForAgent } from "../task/wait_for_agent.ts";
import type { Cancellation } from "../limits/cancel_on_signal.ts";
import { startProgressLine } from "../report/progress_line.ts";

/** Waits for an agent that is starting, and says so: in a line that counts, or once in the log. */
export async function awaitAgent(
  target: Target,
  limitMs: number,
  { access, log, deps, shared, cancellation }: {
    readonly access: AwsAccess;
    readonly log: Log;
    readonly deps: Pick<
      Deps,
      "now" | "sleep" | "stderr" | "env" | "terminalSize"
    >;
    readonly shared: Pick<SharedFlags, "logFormat" | "quiet">;
    readonly cancellation: Pick<Cancellation, "orCancelled">;
  },
): Promise<Target> {
  if (!isAgentPending(target.container)) return target;
  const limit = limitMs === 0 ? "" : ` of ${formatDuration(limitMs)}`;
  const what = `the ECS Exec agent of container "${target.container.name}"`;
  const line = startProgressLine(log, deps, shared);
  try {
    const waiting = waitForAgent(access, target.cluster, target, {
      limitMs,
      deps,
      onLook: (waitedMs) =>
        line.show(
          `Waiting for ${what} to start`,
          `${Math.floor(waitedMs / 1_000)}s${limit}`,
        ),
    });
    return await cancellation.orCancelled(waiting);
  } finally {
    line.clear();
  }
}
