import type { SharedFlags } from "../args/invocation.ts";
import type { Deps } from "../deps.ts";
import { formatDuration } from "../duration.ts";
import { PortholeError } from "../errors.ts";
import type { Log } from "../log.ts";
import { startProgressLine } from "../report/progress_line.ts";

/** ListTasks and DescribeTasks are throttled at 20 calls a second for a whole account. */
const LOOK_MS = 3_000;

/**
 * Searches again and again until a task runs; 0 milliseconds means no limit.
 *
 * @throws {PortholeError} no_running_task after the limit; any other failure at once.
 */
export async function awaitTask<T>(
  search: () => Promise<T>,
  limitMs: number,
  { deps, log, shared }: {
    readonly deps: Pick<
      Deps,
      "now" | "sleep" | "stderr" | "env" | "terminalSize"
    >;
    readonly log: Log;
    readonly shared: Pick<SharedFlags, "logFormat">;
  },
): Promise<T> {
  const began = deps.now().getTime();
  const limit = limitMs === 0 ? "" : ` of ${formatDuration(limitMs)}`;
  let line: ReturnType<typeof startProgressLine> | undefined;
  try {
    for (;;) {
      try {
        return await search();
      } catch (error) {
        if (
          !(error instanceof PortholeError) || error.code !== "no_running_task"
        ) throw error;
        const waitedMs = deps.now().getTime() - began;
        if (limitMs !== 0 && waitedMs >= limitMs) {
          throw error.withHint(
            `--wait-for-task waited ${formatDuration(limitMs)}`,
          );
        }
        line ??= startProgressLine(log, deps, shared);
        line.show(
          "Waiting for a task to run",
          `${Math.floor(waitedMs / 1_000)}s${limit}`,
        );
        const leftMs = limitMs === 0 ? Infinity : limitMs - waitedMs;
        await deps.sleep(Math.min(LOOK_MS, leftMs));
      }
    }
  } finally {
    line?.clear();
  }
}
