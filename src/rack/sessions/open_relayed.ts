import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import { startDeadline } from "../../limits/start_deadline.ts";
import type { Deps } from "../../deps.ts";
import { PortholeError } from "../../errors.ts";
import type { DecidedSession } from "../../exec/decide_way.ts";
import { openSession } from "../../exec/open_session.ts";
import type { StreamSession, TerminalSize } from "../../session/session.ts";
import { RELAY_LIMITS } from "../../session/session_limits.ts";

/** What opening one needs. */
export interface RelayOpening {
  readonly deps: Deps;
  /** Of the client's terminal, where there is one. */
  readonly size: TerminalSize | undefined;
  /** Nobody waits for the session any more when it aborts: what was granted is ended. */
  readonly over: AbortSignal;
  readonly onGranted: (sessionId: string) => void;
  /** The command is about to run. */
  readonly onStarted: () => void;
}

/** Opens a session whose bytes pass through the rack, as exec opens one for itself. */
export async function openRelayed(
  decided: DecidedSession,
  { deps, size, over, onGranted, onStarted }: RelayOpening,
): Promise<StreamSession> {
  const own = { ...deps, terminalSize: () => size };
  const session = await openSession(decided, {
    deps: own,
    deadline: startDeadline(0, own),
    cancellation: cancelWith(over, own),
    onGranted,
    onStarted,
    limits: RELAY_LIMITS,
  });
  if (session.kind === "stream") return session;
  throw new RangeError("a rack has no terminal of its own");
}

/** What a signal is to porthole at a terminal, the end of the wait is to a session of a rack. */
function cancelWith(over: AbortSignal, deps: Deps): Cancellation {
  return {
    deps,
    isCancelled: () => over.aborted,
    outlast: () => () => {},
    orCancelled: (work) =>
      new Promise((resolve, reject) => {
        const leave = () => reject(refuseLeft());
        if (over.aborted) leave();
        over.addEventListener("abort", leave, { once: true });
        work.then(resolve, reject).finally(() =>
          over.removeEventListener("abort", leave)
        );
      }),
  };
}

/** The error of a session that nobody waits for. */
export function refuseLeft(): PortholeError {
  return new PortholeError(
    "cancelled",
    "Cannot open the session: nobody waits for it any more",
  );
}
