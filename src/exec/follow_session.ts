import type { Deps } from "../deps.ts";
import type { PortholeError } from "../errors.ts";
import type { Session } from "../session/session.ts";
import { watchTask } from "../task/watch_task.ts";
import { isRemotesOwnEnd, RESET_TERMINAL } from "../terminal/reset_terminal.ts";
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
  let isOwnEnd = false;
  try {
    const ran = await runSession(session, deps, run);
    const outcome: SessionOutcome =
      stopped === undefined || ran.kind !== "ended"
        ? ran
        : { ...ran, end: { kind: "failed", error: stopped } };
    isOwnEnd = isRemotesOwnEnd(outcome) && !deadline.isOver();
    return outcome;
  } finally {
    unmuteWaits();
    over.abort();
    if (run.interactive && !isOwnEnd) resetTerminal(session, deps);
  }
}

/** Takes back what the remote had no time to. Where others wrote its output, its last line is not known. */
function resetTerminal(
  { kind }: Session,
  { stdout, stderr }: Pick<Deps, "stdout" | "stderr">,
): void {
  const screen = [stdout, stderr].find(({ isTerminal }) => isTerminal);
  const isSeen = kind === "stream" && stdout.isTerminal;
  screen?.writeText(`${isSeen ? "" : "\n"}${RESET_TERMINAL}`);
}
