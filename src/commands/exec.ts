import type { ExecInvocation } from "../args/invocation.ts";
import type { Deps } from "../deps.ts";
import { explainUnknown, messageOf } from "../errors.ts";
import { exitStatusFor } from "../exit_status.ts";
import type { Log } from "../log.ts";
import { formatPlan } from "../output/format_plan.ts";
import { type ExecResult, formatResult } from "../output/format_result.ts";
import { captureOutput } from "./capture_output.ts";
import { planExec } from "./plan_exec.ts";
import { type Learn, prepareExec } from "./prepare_exec.ts";
import { prepareResultFile } from "./prepare_result_file.ts";
import type { Report } from "./report.ts";
import { runExec } from "./run_exec.ts";

/** Runs `porthole exec`. It never rejects: a failure is part of the report, and of the result. */
export async function exec(
  invocation: ExecInvocation,
  deps: Deps,
  log: Log,
): Promise<Report> {
  const { dryRun, output, result: path, stderr } = invocation;
  let result: ExecResult = { bytes: { in: 0, out: 0 } };
  const learn: Learn = (facts) => result = { ...result, ...facts };
  const fail = (thrown: unknown) => {
    const error = explainUnknown(thrown);
    learn({ error, status: exitStatusFor(error.code, "remote") });
  };
  const capture = output === "json"
    ? captureOutput(deps, stderr === "split")
    : undefined;

  let writeResult: ((text: string) => Promise<void>) | undefined;
  try {
    if (path !== undefined) writeResult = await prepareResultFile(path, deps);
    const prepared = await prepareExec(invocation, { deps, log, learn });
    if (dryRun) {
      return { stdout: formatPlan(planExec(prepared), output), status: 0 };
    }
    const status = await runExec(prepared, {
      deps: capture?.deps ?? deps,
      learn,
    });
    learn({ status });
  } catch (error) {
    fail(error);
  }

  try {
    await writeResult?.(formatResult(result));
  } catch (error) {
    if (result.error === undefined) fail(error);
    else log.warn(messageOf(error));
  }
  return {
    ...(capture === undefined
      ? {}
      : { stdout: formatResult(result, capture.taken()) }),
    ...(result.error === undefined ? {} : { error: result.error }),
    status: result.status ?? 0,
  };
}
