import type { PortholeError } from "../errors.ts";
import type { CapturedOutput } from "./encode_output.ts";
import { errorModel } from "./format_error.ts";
import {
  describePlan,
  type ExecPlan,
  formatExecPlan,
} from "./format_exec_plan.ts";
import { describeResult, type ExecResult } from "./format_result.ts";
import { jsonLine } from "./json_line.ts";

/** What came of one command in one of many tasks. */
export interface TaskResult extends ExecResult {
  /** What the command wrote, where that was kept. */
  readonly output?: CapturedOutput;
  /** What would happen, in a dry run. */
  readonly plan?: ExecPlan;
}

/** What came of one command in many tasks. */
export interface ManyResult {
  /** In the order of every list. */
  readonly results: readonly TaskResult[];
  readonly status?: number | undefined;
  /** What ended all of them, or kept them from starting. */
  readonly error?: PortholeError;
}

/** Of a command that never ran. */
const NO_OUTPUT: CapturedOutput = {
  stdout: new Uint8Array(),
  truncated: false,
};

/** Renders the results as one line of JSON, with what was kept of the commands' output. */
export function formatResults(
  { results, status, error }: ManyResult,
  { withOutput }: { readonly withOutput: boolean },
): string {
  return `${
    jsonLine({
      results: results.map((result) =>
        describeResult(
          result,
          withOutput ? result.output ?? NO_OUTPUT : undefined,
        )
      ),
      status: status ?? null,
      ...(error && { error: errorModel(error) }),
    })
  }\n`;
}

/** Renders what a dry run found: the plans, and the tasks that there is none for. */
export function formatPlans(
  { results, status }: ManyResult,
  format: "text" | "json",
): string {
  const plans = results.flatMap(({ plan }) => plan === undefined ? [] : [plan]);
  if (format === "text") {
    return plans.map((plan) => formatExecPlan(plan, "text")).join("\n");
  }
  return `${
    jsonLine({
      dry_run: true,
      plans: plans.map(describePlan),
      failures: results.filter(({ error }) => error !== undefined)
        .map((result) => describeResult(result)),
      status: status ?? 0,
    })
  }\n`;
}
