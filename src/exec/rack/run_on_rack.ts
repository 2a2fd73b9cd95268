import { CancelledBySignal } from "../../cancelled_by_signal.ts";
import type { Deps } from "../../deps.ts";
import type { Log } from "../../log.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import {
  type Deadline,
  explainTimeout,
  orTimeout,
  startDeadline,
} from "../../limits/start_deadline.ts";
import type { RecordFacts } from "../../report/report_session.ts";
import type { LeftCommand } from "../../session/session.ts";
import type { StreamPlan } from "../../terminal/plan_streams.ts";
import {
  runSession,
  type SessionOutcome,
  type Stdio,
} from "../../terminal/run_session.ts";
import type { RackStream } from "./open_rack_session.ts";

/** What a session over a rack is run with. */
export interface RackRunTools {
  readonly deps: Deps;
  readonly cancellation: Cancellation;
  readonly stdio: Stdio;
  readonly log: Log;
  readonly record: RecordFacts;
  readonly rackName: string;
  readonly streams: StreamPlan;
  /** Milliseconds; 0 is no limit. */
  readonly timeoutMs: number;
  /** How to end a command that may go on. */
  readonly describeLeft: (left: LeftCommand) => string;
}

/**
 * Opens a session, joins it to our streams until it or the time ends, and resolves with the command's status.
 *
 * @throws {PortholeError} for every end that is not the command's own: none of them is a status.
 */
export async function runOnRack(
  open: (onStarted: () => void) => Promise<RackStream>,
  tools: RackRunTools,
): Promise<number | undefined> {
  const { deps, record, timeoutMs, streams } = tools;
  const deadline = startDeadline(timeoutMs, deps);
  record({ startedAt: deps.now() });
  // A shell must not end after ten minutes: for it only the opening is limited.
  const onStarted = () => streams.interactive && deadline.cancel();
  try {
    return await follow(() => open(onStarted), deadline, tools);
  } catch (error) {
    throw deadline.isOver() ? explainTimeout(timeoutMs) : error;
  } finally {
    deadline.cancel();
    record({ endedAt: deps.now() });
  }
}

async function follow(
  open: () => Promise<RackStream>,
  deadline: Deadline,
  { deps, cancellation, stdio, log, record, streams, rackName, describeLeft }:
    RackRunTools,
): Promise<number | undefined> {
  const opening = open();
  const joined = async () => {
    const opened = await opening;
    if (opened.session.kind === "attached") await opened.session.opened;
    return opened;
  };
  let opened: RackStream;
  try {
    opened = await cancellation.orCancelled(orTimeout(joined(), deadline));
  } catch (error) {
    // One that comes too late is left at once.
    void opening.then(({ session }) => session.end()).catch(() => {});
    throw error;
  }
  const { session, carrier, sessionId, client } = opened;
  record({
    rack: { name: rackName, carrier },
    ...(carrier === "handoff"
      ? {
        carrier: client,
        route: {
          kind: "ecs_exec",
          because: "the rack has handed a session off",
        },
      }
      : {
        route: {
          kind: "docker",
          because: "the rack carries the session itself",
          warning: "",
        },
      }),
    ...(sessionId === undefined ? {} : { sessionId }),
  });
  deadline.onOver(() => void session.end().catch(() => {}));
  const outcome = await runSession(session, { ...deps, ...stdio }, {
    interactive: streams.interactive,
    readStdin: streams.stdin,
  });
  if (session.kind === "stream") record({ bytes: outcome.bytes });
  const left = session.kind === "stream" ? session.left?.() : undefined;
  if (left !== undefined) log.warn(describeLeft(left));
  return settle(outcome, log);
}

function settle(
  outcome: SessionOutcome,
  log: Pick<Log, "warn">,
): number | undefined {
  if (outcome.kind === "interrupted") {
    throw new CancelledBySignal(outcome.signal, { inSession: true });
  }
  if (outcome.kind !== "ended") return outcome.status;
  switch (outcome.end.kind) {
    case "status":
      return outcome.end.status;
    case "unknown":
      log.warn(
        "The exit status of the command is unknown: session-manager-plugin does not report it",
      );
      return undefined;
    case "failed":
      throw outcome.end.error;
  }
}
