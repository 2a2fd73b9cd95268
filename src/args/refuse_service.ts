import { quoteValue } from "../quote_value.ts";
import type { TargetWords } from "./read_target.ts";
import { usageError } from "./usage_error.ts";

/**
 * Refuses `--all-services` beside what it would leave unused: a service that a variable or a file sets
 * gives way to it, one that was typed does not.
 *
 * @throws {PortholeError} usage
 */
export function refuseService(
  { shared: { service }, taskId }: TargetWords,
  because: string,
): void {
  const named = taskId !== undefined
    ? "a task as TARGET"
    : service?.source.kind === "target"
    ? `TARGET ${quoteValue(service.value)}`
    : service?.source.kind === "flag"
    ? `--service ${quoteValue(service.value)}`
    : undefined;
  if (named === undefined) return;
  throw usageError(
    `Cannot use --all-services with ${named}: ${because}`,
    "Name the cluster alone, with --cluster",
  );
}
