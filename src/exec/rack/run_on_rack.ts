import { present } from "../../present.ts";
import { createRackSessions } from "../../access/rack/create_rack_sessions.ts";
import { CancelledBySignal } from "../../cancelled_by_signal.ts";
import {
  type Deadline,
  explainTimeout,
  orTimeout,
  startDeadline,
} from "../../limits/start_deadline.ts";
import type { Log } from "../../log.ts";
import { dialRack } from "../../start/dial_rack.ts";
import { runSession, type SessionOutcome } from "../../terminal/run_session.ts";
import { warnOfUnreadStdin } from "../warn_of_unread_stdin.ts";
import { describeRackLeft } from "./describe_rack_left.ts";
import type { openRackSession, RackStream } from "./open_rack_session.ts";
import type { DecidedRackSession, RackTools } from "./prepare_rack_ground.ts";

/**
 * Opens a session, joins it to our streams until it or the time ends, and resolves with the command's status.
 *
 * @throws {PortholeError} for every end that is not the command's own: none of them is a status.
 */
export async function runOnRack(
  open: typeof openRackSession,
  decided: DecidedRackSession,
  tools: RackTools,
): Promise<number | undefined> {
  const { record, log, cancellation: { deps } } = tools;
  const { streams, config, rack, rackClient } = decided;
  const timeoutMs = config.timeoutMs.value;
  const sessions = createRackSessions(rackClient, dialRack(rack, deps));
  const deadline = startDeadline(timeoutMs, deps);
  record({ startedAt: deps.now() });
  // A shell must not end after ten minutes: for it only the opening is limited.
  const onStarted = () => streams.interactive && deadline.cancel();
  try {
    const opening = open(sessions, decided, { deps, log, onStarted });
    return await follow(opening, deadline, decided, tools);
  } catch (error) {
    throw deadline.isOver() ? explainTimeout(timeoutMs) : error;
  } finally {
    deadline.cancel();
    record({ endedAt: deps.now() });
  }
}

async function follow(
  opening: Promise<RackStream>,
  deadline: Deadline,
  { config, rack, streams, target }: DecidedRackSession,
  { cancellation, stdio, log, record }: RackTools,
): Promise<number | undefined> {
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
    rack: { name: rack.name, carrier },
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
    ...present({ sessionId }),
  });
  deadline.onOver(() => void session.end().catch(() => {}));
  const outcome = await runSession(
    session,
    { ...cancellation.deps, ...stdio },
    {
      interactive: streams.interactive,
      readStdin: streams.stdin,
    },
  );
  if (session.kind === "stream") record({ bytes: outcome.bytes });
  const left = session.kind === "stream" ? session.left?.() : undefined;
  if (left !== undefined) {
    log.warn(describeRackLeft(left, {
      rack: config.rack.value,
      cluster: target.cluster,
      task: target.task.id,
    }));
  }
  warnOfUnreadStdin(session, outcome, { ...stdio, log });
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
