import { quoteValue } from "../quote_value.ts";
import type { SharedFlags } from "./invocation.ts";
import { parseTarget, type TargetForms } from "./parse_target.ts";
import type { FlagSources } from "./read_flags.ts";
import { readShared } from "./read_shared.ts";

/** Where a verb looks. */
export interface TargetWords {
  readonly shared: SharedFlags;
  /** The whole id, where TARGET is a task. */
  readonly taskId?: string;
}

/** Reads the TARGET of a verb that knows no `--task-id`, and the flags it stands in for. */
export function readTarget(
  target: string | undefined,
  sources: FlagSources,
  forms: TargetForms = {},
): TargetWords {
  if (target === undefined) return { shared: readShared(sources) };
  const named = parseTarget(target, forms);
  const said = `TARGET ${quoteValue(target)}`;
  const { task } = named;
  return {
    shared: readShared(sources, [{ said, source: { kind: "target" }, named }]),
    ...(task?.kind === "id" ? { taskId: task.id } : {}),
  };
}
