import type { Access } from "../access/access.ts";
import type { SharedFlags } from "../args/invocation.ts";
import type { Deps } from "../deps.ts";
import { formatDuration } from "../duration.ts";
import type { Log } from "../log.ts";
import type { Target } from "../target/target.ts";
import { isAgentPending, waitForAgent } from "../task/wait_for_agent.ts";
import { createProgressLine } from "./progress_line.ts";

/** Waits for an agent that is starting, and says so: in a line that counts, or once in the log. */
export async function awaitAgent(
  target: Target,
  limitMs: number,
  { access, log, deps, shared }: {
    readonly access: Access;
    readonly log: Log;
    readonly deps: Pick<
      Deps,
      "now" | "sleep" | "stderr" | "env" | "terminalSize"
    >;
    readonly shared: Pick<SharedFlags, "logFormat" | "quiet">;
  },
): Promise<Target> {
  if (!isAgentPending(target.container)) return target;
  const limit = limitMs === 0 ? "" : ` of ${formatDuration(limitMs)}`;
  const what = `the ECS Exec agent of container "${target.container.name}"`;
  const line = createProgressLine(shared, deps);
  if (!line.isLive) log.info(`Waiting for ${what} to start`);
  try {
    return await waitForAgent(access, target.cluster, target, {
      limitMs,
      deps,
      onLook: (waitedMs) => {
        const seconds = Math.floor(waitedMs / 1_000);
        line.show(`Waiting for ${what}: ${seconds}s${limit}`);
      },
    });
  } finally {
    line.clear();
  }
}
