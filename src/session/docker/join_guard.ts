import type { Session, SessionEnd } from "../session.ts";
import { type ExecGuard, NO_WATCHDOG } from "./watchdog.ts";

/** Makes one of a command's session and its watchdog's: the watchdog ends the command, or lets it go. */
export function joinGuard(
  session: Session,
  guard: ExecGuard | undefined,
  onNotice: (text: string) => void,
): Session {
  let ending = false;

  async function finish(end: SessionEnd): Promise<SessionEnd> {
    // Right for a session that was lost or given up: the watchdog ends what is left.
    if (ending || end.kind === "failed") await guard?.close();
    else await guard?.release();
    return end;
  }

  return {
    ...session,
    async end() {
      if (!ending && guard === undefined) onNotice(NO_WATCHDOG);
      ending = true;
      await Promise.all([guard?.end(), session.end()]);
    },
    exit: session.exit.then(finish),
  };
}
