import type { AwsAccess, SessionGrant } from "../access/access.ts";
import type { Deps } from "../deps.ts";
import type { PortSession } from "../session/port/open_port_session.ts";
import type { Capabilities } from "../session/reply/read_reply.ts";
import type { Session } from "../session/session.ts";
import type { SessionLimits } from "../session/session_limits.ts";
import type { Cancellation } from "../limits/cancel_on_signal.ts";
import { type Deadline, orTimeout } from "../limits/start_deadline.ts";
import { comesWithin, within } from "../within.ts";

/** What may end the opening of a session, and who hears of it. */
export interface Opening {
  readonly deps: Deps;
  readonly deadline: Deadline;
  readonly cancellation: Cancellation;
  /** AWS has granted the session of this id. */
  readonly onGranted: (sessionId: string) => void;
  /** The command is about to run. */
  readonly onStarted?: () => void;
  /** The built-in client has heard what the container has; other clients do not tell. */
  readonly onCapabilities?: ((found: Capabilities) => void) | undefined;
  /** Default: those of a session that has a process for itself. */
  readonly limits?: SessionLimits | undefined;
}

/** How long AWS may take to end a session that was granted but not opened. */
const CLEAN_UP_MS = 1_000;

/**
 * Asks AWS for a session and opens it, for as long as somebody waits for it; what nobody has joined is ended, and so
 * is the program that was to join it.
 */
export async function openGranted<S extends Session | PortSession>(
  request: (isOver: () => boolean) => Promise<SessionGrant>,
  open: (grant: SessionGrant) => Promise<S>,
  { access, deps, deadline, cancellation }:
    & Omit<Opening, "onGranted" | "onStarted">
    & {
      readonly access: Pick<AwsAccess, "terminateSession">;
    },
): Promise<S> {
  const isOver = () => deadline.isOver() || cancellation.isCancelled();
  const granting = request(isOver);
  let session: S | undefined;
  const start = async () => {
    const grant = await granting;
    if (isOver()) throw new Error("the wait is over");
    session = await open(grant);
    if (session.kind === "attached") {
      if (isOver()) void session.end();
      await session.opened;
    }
    return session;
  };
  try {
    return await cancellation.orCancelled(orTimeout(start(), deadline));
  } catch (error) {
    if (session?.kind === "attached") {
      await session.end();
      // What was done to the terminal is undone by then.
      await session.exit;
      throw error;
    }
    // A session that AWS has granted and that is not ended stays open, unused.
    const granted = granting.catch(() => undefined);
    const grant = await within(CLEAN_UP_MS, granted, deps);
    if (grant !== undefined) {
      const ended = access.terminateSession(grant.sessionId);
      await comesWithin(CLEAN_UP_MS, ended, deps);
    }
    throw error;
  }
}
