import { present } from "../present.ts";
import type { SessionInvocation } from "../args/invocation.ts";
import type { StderrChoice } from "../choices.ts";
import type { Deps } from "../deps.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { type ExecResult, formatResult } from "../output/format_result.ts";
import type { Stdio } from "../terminal/run_session.ts";
import { captureOutput } from "./capture_output.ts";
import { recordSession } from "./record_session.ts";
import type { Report } from "./report.ts";
import { reportResult, type WorkEnd } from "./report_result.ts";

/** What is known of a session; how its stderr comes decides whether a result has a place for it. */
export type SessionFacts = Partial<ExecResult> & {
  readonly stderr?: StderrChoice;
};

/** Takes down what is known by now, so that a failure too can be reported with it. */
export type RecordFacts = (facts: SessionFacts) => void;

/** What a verb does with a session; it may fail at any time. */
export type SessionWork = (tools: {
  /** What the session is joined to: with `-o json` its output is kept. */
  readonly stdio: Stdio;
  readonly record: RecordFacts;
}) => Promise<WorkEnd>;

/** Makes a report of a session. It never rejects. */
export async function reportSession(
  { output, result: path, stderr, record: recording, dryRun }:
    SessionInvocation,
  { deps, log }: { readonly deps: Deps; readonly log: Log },
  work: SessionWork,
): Promise<Report> {
  const capture = output === "json" ? captureOutput(deps) : undefined;
  return await reportResult<ExecResult & SessionFacts>(
    {
      initial: {
        bytes: { in: 0, out: 0 },
        ...present({ stderr }),
      },
      path,
      format: formatResult,
      ...(capture && {
        print: (result) =>
          formatResult(result, capture.taken(result.stderr === "split")),
      }),
    },
    { deps, log },
    async (record) => {
      const stdio = capture?.stdio ?? deps;
      if (recording === undefined || dryRun) {
        return await work({ stdio, record });
      }
      const recorded = await recordSession(recording, stdio, deps);
      const ended = await work({ stdio: recorded.stdio, record })
        .catch(async (error) => {
          // What kept the session from its end matters more.
          await recorded.finish().catch((failure) =>
            log.warn(messageOf(failure))
          );
          throw error;
        });
      await recorded.finish();
      return ended;
    },
  );
}
