import { present } from "../../present.ts";
import { createRackSessions } from "../../access/rack/create_rack_sessions.ts";
import type { RackSessions } from "../../access/rack/create_rack_sessions.ts";
import type { Deps } from "../../deps.ts";
import type { RackLine } from "../../session/rack/open_exec.ts";
import { comesWithin } from "../../within.ts";
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
import type { RackStream } from "./open_rack_session.ts";
import type { DecidedRackSession, RackTools } from "./prepare_rack_ground.ts";

/** What opening a session over a rack takes. */
export interface OpenTools {
  readonly deps: Deps;
  readonly log: Log;
  readonly onStarted: () => void;
  /** Nobody waits for the session any more when it aborts. */
  readonly signal: AbortSignal;
}

/** Opens a session over a rack of one kind. */
export type OpenOverRack = (
  sessions: RackSessions<RackLine>,
  decided: DecidedRackSession,
  tools: OpenTools,
) => Promise<RackStream>;

/** How long a session that was granted, and is not wanted any more, may take to be ended. */
const CLEAN_UP_MS = 1_000;

/**
 * Opens a session, joins it to our streams until it or the time ends, and resolves with the command's status.
 *
 * @throws {PortholeError} for every end that is not the command's own: none of them is a status.
 */
export async function runOnRack(
  open: OpenOverRack,
  decided: DecidedRackSession,
  tools: RackTools,
): Promise<number | undefined> {
  const { record, log, cancellation: { deps } } = tools;
  const { streams, config, rack, rackClient } = decided;
  const timeoutMs = config.timeoutMs.value;
  const sessions = createRackSessions(rackClient, dialRack(rack, deps));
  const deadline = startDeadline(timeoutMs, deps);
  const over = new AbortController();
  record({ startedAt: deps.now() });
  // A shell must not end after ten minutes: for it only the opening is limited.
  const onStarted = () => streams.interactive && deadline.cancel();
  try {
    const opening = open(sessions, decided, {
      deps,
      log,
      onStarted,
      signal: over.signal,
    });
    return await follow(opening, deadline, decided, tools, () => over.abort());
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
  leave: () => void,
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
    leave();
    const left = opening.then(({ session }) => session.end());
    await comesWithin(CLEAN_UP_MS, left, cancellation.deps);
    throw error;
  }
  const { session, carrier, sessionId, client, opened: facts } = opened;
  record({
    rack: { name: rack.name, carrier },
    ...(facts !== undefined
      ? {
        carrier: client,
        route: facts.route.kind === "docker"
          ? { ...facts.route, kind: "docker" as const, warning: "" }
          : { ...facts.route, kind: "ecs_exec" as const },
        container: facts.container,
        ...present({ runtimeId: facts.runtimeId }),
      }
      : carrier === "handoff"
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
  return settle(outcome, client, log);
}

function settle(
  outcome: SessionOutcome,
  client: RackStream["client"],
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
        `The exit status of the command is unknown: ${
          client === "plugin"
            ? "session-manager-plugin does not report it"
            : "nothing is around the command (--no-shell)"
        }`,
      );
      return undefined;
    case "failed":
      throw outcome.end.error;
  }
}
