import type { Deps } from "../deps.ts";
import { messageOf } from "../errors.ts";
import { leftBeforeAccepted } from "../left_before_accepted.ts";
import type { Log } from "../log.ts";
import { within } from "../within.ts";
import { countBadTokens } from "./audit/count_bad_tokens.ts";
import type { Audit } from "./audit_entry.ts";
import {
  createHttpServer,
  type Front,
  type HttpConnection,
} from "./http/serve_http.ts";
import { limitRate } from "./limits/limit_rate.ts";
import {
  createSessionTable,
  type SessionRights,
} from "./limits/session_table.ts";
import { answerRequest } from "./routes/answer_request.ts";
import type { RackRoom } from "./routes/request.ts";
import type { EndReason } from "./sessions/session_call.ts";
import { allows } from "./users/scope.ts";
import { isExpired, type User } from "./users/user.ts";
import type { UserWatch } from "./users/watch_users.ts";

/** Where connections come from. */
export interface RackListener {
  /** Rejects when the listener is closed. */
  accept(): Promise<HttpConnection>;
  close(): void;
}

/** A rack that is set up in every point. */
export interface RackSetup extends
  Omit<
    RackRoom,
    "table" | "countBadToken" | "mayLookUp" | "isDraining" | "users" | "deps"
  > {
  readonly audit: Audit;
  readonly front: Front;
  readonly userWatch: UserWatch;
  readonly maxSessionMs: number;
  readonly drainMs: number;
  readonly limits: {
    readonly sessionsPerUser: number;
    readonly sessions: number;
    readonly lookUpsPerSecond: number;
  };
  readonly deps: Pick<Deps, "now" | "sleep" | "onSignal">;
  readonly log: Log;
}

/** How long processes of relays get to end once the drain is over. */
const END_MS = 8_000;
/** How often an error of the listener may come. */
const ACCEPT_AGAIN_MS = 100;

/** Serves until TERM has drained it, or INT ends it. */
export async function serveRack(
  setup: RackSetup,
  listener: RackListener,
): Promise<void> {
  const { deps, log, audit, userWatch } = setup;
  const over = new AbortController();
  let isDraining = false;
  const countBadToken = countBadTokens(audit, deps, over.signal);
  const table = createSessionTable({
    now: deps.now,
    perUser: setup.limits.sessionsPerUser,
    inAll: setup.limits.sessions,
    maxSessionMs: setup.maxSessionMs,
    terminate: (rights, sessionId, reason) =>
      endHandOff(setup, rights, sessionId, reason),
  });
  userWatch.onLook(() => table.judge(judgeBy(userWatch, deps.now)));
  const room: RackRoom = {
    ...setup,
    table,
    users: userWatch.current,
    countBadToken,
    mayLookUp: limitRate(setup.limits.lookUpsPerSecond, deps.now),
    isDraining: () => isDraining,
  };
  const server = createHttpServer({
    front: setup.front,
    sleep: deps.sleep,
    handle: (exchange) => answerRequest(exchange, room),
  });

  const stopListening = [
    deps.onSignal("SIGINT", () => over.abort()),
    deps.onSignal("SIGTERM", () => {
      if (isDraining) return;
      isDraining = true;
      table.drain();
      log.info("Draining: new sessions are refused");
      void audit.write({ event: "drain" }).catch(() => {});
      void deps.sleep(setup.drainMs, over.signal).then(() => over.abort());
    }),
  ];
  const accepting = acceptAll(server.serve, listener, over.signal, setup);
  await new Promise<void>((resolve) =>
    over.signal.addEventListener("abort", () => resolve())
  );
  await within(END_MS, table.endRelays(), deps);
  listener.close();
  await accepting;
  await within(END_MS, countBadToken.settle(), deps);
  for (const stop of stopListening) stop();
}

async function acceptAll(
  serve: (connection: HttpConnection) => Promise<void>,
  listener: RackListener,
  over: AbortSignal,
  { deps, log }: Pick<RackSetup, "deps" | "log">,
): Promise<void> {
  let told = "";
  for (;;) {
    try {
      void serve(await listener.accept());
    } catch (error) {
      if (over.aborted) return;
      if (leftBeforeAccepted(error)) continue;
      // Too many open files, for one: others will be closed.
      const text = messageOf(error);
      if (text !== told) log.warn(`Cannot accept a connection: ${text}`);
      told = text;
      await deps.sleep(ACCEPT_AGAIN_MS, over);
      if (over.aborted) return;
    }
  }
}

/** Whether a session's user may still have it. While users cannot be read, what is open goes on. */
function judgeBy(
  { current }: UserWatch,
  now: () => Date,
): (rights: SessionRights) => boolean {
  const users = current();
  return ({ caller, app, service, isRun }) =>
    users === undefined ||
    isAllowed(users.get(caller.name), { caller, app, service, isRun }, now());
}

function isAllowed(
  user: User | undefined,
  { caller, app, service, isRun }: SessionRights,
  now: Date,
): boolean {
  return user !== undefined && user.id === caller.id && !isExpired(user, now) &&
    allows(user.scopes, isRun ? "run" : "exec", app, service);
}

/** Ends a session that its client carries; the audit is told, and what fails. */
async function endHandOff(
  { audit, sessionsOf, log }: Pick<RackSetup, "audit" | "sessionsOf" | "log">,
  { caller, app, service }: SessionRights,
  sessionId: string,
  reason: EndReason,
): Promise<boolean> {
  const entry = {
    event: "terminate",
    user: caller.name,
    app,
    service,
    session: sessionId,
    because: reason,
  } as const;
  // What is no longer allowed ends, written down or not.
  await audit.write(entry).catch(() => {});
  try {
    await sessionsOf(caller).terminateSession(sessionId);
    return true;
  } catch (error) {
    log.warn(messageOf(error));
    return false;
  }
}
