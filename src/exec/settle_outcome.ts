import type { Deps } from "../deps.ts";
import type { ErrorCode } from "../errors.ts";
import { awaitStop, findStop } from "../task/watch_task.ts";
import type { SessionOutcome } from "../terminal/run_session.ts";
import { SIGNAL_BASE } from "../end_signal.ts";
import { CancelledBySignal } from "../cancelled_by_signal.ts";
import type { DecidedSession } from "./decide_way.ts";
import { explainUnknownStatus } from "./explain_unknown_status.ts";

/** Failures of a session behind which there may be a task that stopped. */
const MAY_BE_STOPPED: readonly ErrorCode[] = ["status_unknown", "session_lost"];

/** How long a task may take to stop after its container did, to be the reason. */
const STOP_MS = 3_000;

/** The exit status of an outcome, undefined if none was reported; failures are thrown. */
export async function settleOutcome(
  outcome: SessionOutcome,
  { access, target, way, invocation, streams, log }: DecidedSession,
  deps: Pick<Deps, "sleep">,
): Promise<number | undefined> {
  if (outcome.kind === "interrupted") {
    // Not to be taken for a command that such a signal ended on its side.
    throw new CancelledBySignal(outcome.signal, { inSession: true });
  }
  if (outcome.kind !== "ended") return outcome.status;
  switch (outcome.end.kind) {
    case "status": {
      const { status } = outcome.end;
      // Docker reports a container that went away under its command like a command that was killed.
      const stop = way.route.kind === "docker" && status >= SIGNAL_BASE
        ? await findStop(access, target.cluster, target.task)
        : undefined;
      if (stop !== undefined) throw stop;
      return status;
    }
    case "unknown": {
      // A script goes on with what may have failed; a person has seen it.
      const tell = streams.interactive ? log.info : log.warn;
      tell(
        `The exit status of the command is unknown: ${
          explainUnknownStatus(way, invocation, streams) ??
            "it was not reported"
        }`,
      );
      return undefined;
    }
    case "failed": {
      const { error } = outcome.end;
      if (!MAY_BE_STOPPED.includes(error.code)) throw error;
      // A container that Docker saw stop may be one whose task is about to.
      const mayStop = way.route.kind === "docker" &&
        error.code === "status_unknown";
      const { cluster, task } = target;
      throw await (mayStop
        ? awaitStop(access, cluster, task, STOP_MS, deps)
        : findStop(access, cluster, task)) ?? error;
    }
  }
}
