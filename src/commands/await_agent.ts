import type { Access } from "../access/access.ts";
import type { SharedFlags } from "../args/invocation.ts";
import type { Deps } from "../deps.ts";
import { formatDuration } from "../duration.ts";
import type { Log } from "../log.ts";
import type { Target } from "../target/target.ts";
import { isAgentPending, waitForAgent } from "../task/wait_for_agent.ts";

/** Takes the cursor to the line's beginning and clears the line. */
const CLEAR_LINE = "\r\x1b[K";

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
  const counts = deps.stderr.isTerminal && deps.env("TERM") !== "dumb" &&
    shared.logFormat === "text" && !shared.quiet;
  if (!counts) log.info(`Waiting for ${what} to start`);
  try {
    return await waitForAgent(access, target.cluster, target, {
      limitMs,
      deps,
      onLook: (waitedMs) => {
        if (!counts) return;
        const seconds = Math.floor(waitedMs / 1_000);
        const line = `Waiting for ${what}: ${seconds}s${limit}`;
        // A line that wraps could not be cleared; the last column stays free.
        const width = (deps.terminalSize()?.columns ?? 80) - 1;
        deps.stderr.writeText(`${CLEAR_LINE}${line.slice(0, width)}`);
      },
    });
  } finally {
    if (counts) deps.stderr.writeText(CLEAR_LINE);
  }
}
