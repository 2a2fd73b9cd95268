import type { ExecInvocation } from "../args/invocation.ts";
import { explainUnknown, messageOf } from "../errors.ts";
import { exitStatusFor } from "../exit_status.ts";
import type { Log } from "../log.ts";
import { formatPlan } from "../output/format_plan.ts";
import { type ExecResult, formatResult } from "../output/format_result.ts";
import { type Cancellation, CancelledBySignal } from "./cancel_on_signal.ts";
import { captureOutput } from "./capture_output.ts";
import { planExec } from "./plan_exec.ts";
import { type Learn, prepareExec } from "./prepare_exec.ts";
import { prepareResultFile } from "./prepare_result_file.ts";
import type { Report } from "./report.ts";
import { runExec } from "./run_exec.ts";

/** Runs `porthole exec`. It never rejects: a failure is part of the report, and of the result. */
export async function exec(
  invocation: ExecInvocation,
  cancellation: Cancellation,
  log: Log,
): Promise<Report> {
  const { deps } = cancellation;
  const { dryRun, output, result: path, stderr } = invocation;
  let result: ExecResult = { bytes: { in: 0, out: 0 } };
  const learn: Learn = (facts) => result = { ...result, ...facts };
  const fail = (thrown: unknown) => {
    const error = explainUnknown(thrown);
    const status = error instanceof CancelledBySignal
      ? error.status
      : exitStatusFor(error.code, "remote");
    learn({ error, status });
  };
  const capture = output === "json" ? captureOutput(deps) : undefined;
  let split = stderr === "split";

  let writeResult: ((text: string) => Promise<void>) | undefined;
  try {
    if (path !== undefined) writeResult = await prepareResultFile(path, deps);
    const prepared = await cancellation.orCancelled(
      prepareExec(invocation, { deps, log, learn }),
    );
    split = prepared.stderr === "split";
    if (dryRun) {
      return {
        stdout: formatPlan(planExec(prepared, deps), output),
        status: 0,
      };
    }
    const status = await runExec(prepared, {
      deps: capture?.deps ?? deps,
      learn,
      cancellation,
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
      : { stdout: formatResult(result, capture.taken(split)) }),
    ...(result.error === undefined ? {} : { error: result.error }),
    status: result.status ?? 0,
  };
}
