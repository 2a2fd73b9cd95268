import { present } from "../present.ts";
import type { Deps } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import type { Cancellation } from "../limits/cancel_on_signal.ts";
import { explainTimeout, startDeadline } from "../limits/start_deadline.ts";
import type { ExecResult } from "../output/format_result.ts";
import type { LeftCommand, Session } from "../session/session.ts";
import type { Target } from "../target/target.ts";
import type {
  SessionOutcome,
  SessionRun,
  Stdio,
} from "../terminal/run_session.ts";
import { awaitAgent } from "./await_agent.ts";
import { type DecidedSession, routeTo } from "./decide_way.ts";
import { explainUnsentStdin } from "./explain_unsent_stdin.ts";
import { followSession } from "./follow_session.ts";
import type { Opening } from "./open_granted.ts";
import { openSession } from "./open_session.ts";
import { settleOutcome } from "./settle_outcome.ts";
import { warnOfUnreadStdin } from "./warn_of_unread_stdin.ts";

/** What a session is run with. */
export interface RunTools {
  readonly deps: Deps;
  readonly cancellation: Cancellation;
  /** What the session is joined to. */
  readonly stdio: Stdio;
  readonly onCapabilities?: Opening["onCapabilities"];
}

/** What came of a session: what is known of it in any case, and its end. */
export interface RanSession {
  readonly facts: Pick<
    ExecResult,
    "startedAt" | "endedAt" | "sessionId" | "bytes"
  >;
  readonly end:
    /** The command's status, undefined where nothing reports one. */
    | { readonly kind: "status"; readonly status: number | undefined }
    | { readonly kind: "failed"; readonly error: unknown };
  /** What may go on running in a task that goes on. */
  readonly left: LeftCommand | undefined;
}

/**
 * Opens what was decided, joins it to our streams, and says how it ended.
 *
 * @throws {PortholeError} only while the agent is waited for: nothing has been opened then.
 */
export async function runInContainer(
  decided: DecidedSession,
  { deps, cancellation, stdio, onCapabilities }: RunTools,
): Promise<RanSession> {
  const { config, way, log } = decided;
  const session = {
    ...decided,
    target: await cancellation.orCancelled(
      readyTarget(decided, deps, cancellation),
    ),
  };
  const { notice, warning } = way.client;
  if (notice !== undefined) log.info(notice);
  if (warning !== undefined) log.warn(warning);
  const limit = config.timeoutMs.value;
  const deadline = startDeadline(limit, deps);
  const startedAt = deps.now();
  let sessionId: string | undefined;
  let bytes: ExecResult["bytes"];
  let left: LeftCommand | undefined;
  const follow = async () => {
    const opened = await openSession(session, {
      deps,
      deadline,
      cancellation,
      onCapabilities,
      onGranted: (id) => {
        sessionId = id;
        log.debug(`Session ID: ${id}`);
      },
    });
    const outcome = await followSession(opened, readRun(session), {
      ...session,
      deadline,
      deps: { ...deps, ...stdio },
    });
    if (opened.kind === "stream") bytes = outcome.bytes;
    left = findLeft(opened, outcome);
    if (deadline.isOver()) throw explainTimeout(limit);
    warnOfUnreadStdin(opened, outcome, { ...stdio, log });
    return await settleOutcome(outcome, session, deps);
  };
  let end: RanSession["end"];
  try {
    end = { kind: "status", status: await follow() };
  } catch (error) {
    end = {
      kind: "failed",
      error: deadline.isOver() ? explainTimeout(limit) : error,
    };
  }
  deadline.cancel();
  return {
    facts: {
      startedAt,
      endedAt: deps.now(),
      bytes,
      ...present({ sessionId }),
    },
    end,
    left: isTaskStopped(end) ? undefined : left,
  };
}

/** Of a client that does not know, it is known whether the session has ended. */
function findLeft(
  session: Session,
  outcome: SessionOutcome,
): LeftCommand | undefined {
  if (session.kind === "stream" && session.left) return session.left();
  const gaveUp = outcome.kind === "interrupted" && outcome.gaveUp;
  return gaveUp ? { pid: undefined } : undefined;
}

function isTaskStopped(end: RanSession["end"]): boolean {
  return end.kind === "failed" && end.error instanceof PortholeError &&
    end.error.code === "task_stopped";
}

/** The target once its agent runs. */
async function readyTarget(
  session: DecidedSession,
  deps: Deps,
  cancellation: Cancellation,
): Promise<Target> {
  const { invocation, way, target, access, log } = session;
  if (way.route.kind === "docker") return target;
  const { agentTimeoutMs, shared } = invocation;
  const ready = await awaitAgent(target, agentTimeoutMs, {
    access,
    log,
    deps,
    shared,
    cancellation,
  });
  // What it has become while we waited may be STOPPED.
  if (ready !== target) await routeTo(ready, session);
  return ready;
}

function readRun(session: DecidedSession): SessionRun {
  const { interactive, stdin } = session.streams;
  const obstacle = interactive || !stdin
    ? undefined
    : explainUnsentStdin(session.way, session.invocation);
  if (obstacle === undefined) return { interactive, readStdin: stdin };
  session.log.warn(`Standard input is not sent: ${obstacle}`);
  return { interactive, readStdin: false };
}
