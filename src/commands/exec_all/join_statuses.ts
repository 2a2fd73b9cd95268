import type { TaskResult } from "../../output/format_results.ts";

/**
 * The exit status for all: 0 if all are 0, that of those that failed if they agree, else 1. Those that
 * were ended, or never begun, because another one failed have no say in it.
 */
export function joinStatuses(results: readonly TaskResult[]): number {
  const failed = results.filter((result) => !isOk(result));
  const own = failed.filter((result) => !isCancelled(result));
  const [first, ...others] = new Set(own.map(({ status }) => status ?? 0));
  if (first !== undefined) return others.length === 0 ? first : 1;
  return failed[0]?.status ?? 0;
}

/** Whether a command ended well, or as far as anybody can know. */
export function isOk({ status, error }: TaskResult): boolean {
  return error === undefined && (status ?? 0) === 0;
}

/** Whether a command was ended, or never begun, for a reason of ours. */
export function isCancelled({ error }: TaskResult): boolean {
  return error?.code === "cancelled";
}
