import type { CopyInvocation } from "../../args/invocation.ts";
import { CancelledBySignal } from "../../cancelled_by_signal.ts";
import { BROKEN_PIPE_STATUS } from "../../end_signal.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import { execCommand } from "../../exec/exec_command.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import type { Log } from "../../log.ts";
import {
  type CopyResult,
  formatCopyResult,
} from "../../output/format_copy_result.ts";
import type { Report } from "../../report/report.ts";
import { reportResult, type WorkEnd } from "../../report/report_result.ts";
import type { RecordFacts } from "../../report/report_session.ts";
import { quoteCommand } from "../../session/quote_command.ts";
import { readConfig } from "../../start/open_access.ts";
import { isSystemFailure, tellFailure } from "../../transfer/tell_failure.ts";
import { keepTally } from "./keep_tally.ts";
import { planTransfer } from "./plan_transfer.ts";

/** The status where files were skipped, as cp's own. */
const SKIPPED_STATUS = 1;

/** Runs `porthole cp`. It never rejects. */
export async function copy(
  invocation: CopyInvocation,
  cancellation: Cancellation,
  log: Log,
): Promise<Report> {
  const { deps } = cancellation;
  const { output, result: path } = invocation;
  const tally = keepTally(invocation, { deps, log });
  return await reportResult<CopyResult>(
    {
      initial: { bytes: { in: 0, out: 0 } },
      path,
      format: formatCopyResult,
      ...(output === "json" ? { print: formatCopyResult } : {}),
      end: () => {
        tally.stop();
        return tally.result();
      },
    },
    { deps, log },
    async (learn) => {
      const ended = await transfer(invocation, {
        cancellation,
        log,
        record: ({ stderr: _, ...facts }) => learn(facts),
        tally,
      });
      if (ended.kind === "status") {
        tally.stop();
        log.info(tally.summary());
      }
      return ended;
    },
  );
}

/** @throws {PortholeError} where not all has arrived, but for files that were skipped. */
async function transfer(
  invocation: CopyInvocation,
  { cancellation, log, record, tally }: {
    readonly cancellation: Cancellation;
    readonly log: Log;
    readonly record: RecordFacts;
    readonly tally: ReturnType<typeof keepTally>;
  },
): Promise<WorkEnd> {
  const { deps } = cancellation;
  const planned = planTransfer(invocation, deps, tally);
  const { command } = invocation;
  const shown = command.kind === "argv" ? quoteCommand(command.argv) : "cp";
  const run = async (): Promise<WorkEnd> => {
    const config = await cancellation.orCancelled(
      readConfig(invocation, deps, log),
    );
    return await execCommand(
      { ...invocation, command: { kind: "argv", argv: planned.argv, shown } },
      config,
      { cancellation, stdio: planned.stdio, log, record },
    );
  };
  let ended: WorkEnd;
  try {
    ended = await run();
  } catch (error) {
    planned.fail(error);
    const own = await planned.done.then(() => error, (own: unknown) => own);
    // What the session reports of a transfer that has given up is only that it has.
    throw error instanceof CancelledBySignal ? error : explain(own);
  }
  if (ended.kind === "plan") {
    planned.fail(new Error("nothing was started"));
    return ended;
  }
  planned.close();
  try {
    await planned.done;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) {
      return { kind: "status", status: BROKEN_PIPE_STATUS };
    }
    throw explain(error);
  }
  return { kind: "status", status: tally.skips() > 0 ? SKIPPED_STATUS : 0 };
}

function explain(error: unknown): unknown {
  // The one program that a transfer starts is sh.
  if (error instanceof PortholeError && error.code === "command_not_found") {
    return new PortholeError(
      error.code,
      "Cannot copy: the container has no sh, which cp needs there",
      {
        hint:
          "-c names another container of the task; without sh, only exec --no-shell runs what the image has",
        cause: error,
      },
    );
  }
  if (error instanceof PortholeError || !isSystemFailure(error)) return error;
  return new PortholeError("io_failed", {
    cannot: "copy",
    because: tellFailure(error) || messageOf(error),
  }, { cause: error });
}
