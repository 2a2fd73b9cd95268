import type { SessionInvocation, StderrChoice } from "../args/invocation.ts";
import type { Deps } from "../deps.ts";
import type { Log } from "../log.ts";
import { type ExecResult, formatResult } from "../output/format_result.ts";
import { captureOutput } from "./capture_output.ts";
import type { Report } from "./report.ts";
import { reportResult, type WorkEnd } from "./report_result.ts";

/** Takes down what is known by now, so that a failure too can tell it. */
export type Learn = (facts: Partial<ExecResult>) => void;

/** What a verb does with a session; it may fail at any time. */
export type SessionWork = (tools: {
  /** With `-o json` the command's output is kept. */
  readonly deps: Deps;
  readonly learn: Learn;
  /** Says how stderr comes, once that is decided. */
  readonly tellStderr: (stderr: StderrChoice) => void;
}) => Promise<WorkEnd>;

/** Makes a report of a session. It never rejects. */
export async function reportSession(
  { output, result: path, stderr }: SessionInvocation,
  { deps, log }: { readonly deps: Deps; readonly log: Log },
  work: SessionWork,
): Promise<Report> {
  const capture = output === "json" ? captureOutput(deps) : undefined;
  let split = stderr === "split";
  return await reportResult<ExecResult>(
    {
      initial: { bytes: { in: 0, out: 0 } },
      path,
      format: formatResult,
      ...(capture === undefined ? {} : {
        print: (result) => formatResult(result, capture.taken(split)),
      }),
    },
    { deps, log },
    (learn) =>
      work({
        deps: capture?.deps ?? deps,
        learn,
        tellStderr: (decided) => split = decided === "split",
      }),
  );
}
