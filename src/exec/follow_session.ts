import type { Deps } from "../deps.ts";
import type { PortholeError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import { watchTask } from "../task/watch_task.ts";
import {
  runSession,
  type SessionOutcome,
  type SessionRun,
} from "../terminal/run_session.ts";
import type { DecidedSession } from "./decide_way.ts";
import type { Deadline } from "../limits/start_deadline.ts";

/** Joins the session to our streams until it, its task or the time limit ends. */
export async function followSession(
  session: Session,
  run: SessionRun,
  { access, target, deadline, deps }:
    & Pick<DecidedSession, "access" | "target">
    & { readonly deadline: Deadline; readonly deps: Deps },
): Promise<SessionOutcome> {
  const end = () => void session.end().catch(() => {});
  deadline.onOver(end);
  const over = new AbortController();
  let stopped: PortholeError | undefined;
  watchTask(access, target.cluster, target.task, deps, over.signal).then(
    (reason) => {
      stopped = reason;
      end();
    },
  );
  const unmuteWaits = access.muteWaits();
  try {
    const outcome = await runSession(session, deps, run);
    return stopped === undefined || outcome.kind !== "ended"
      ? outcome
      : { ...outcome, end: { kind: "failed", error: stopped } };
  } finally {
    unmuteWaits();
    over.abort();
  }
}
