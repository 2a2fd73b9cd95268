import type { Deps } from "../../deps.ts";
import type { Session, SessionEnd } from "../session.ts";
import { type ExecGuard, NO_WATCHDOG } from "./watchdog.ts";
import { comesWithin } from "../../within.ts";

/** How long a command that its watchdog ends may take to say its last words. */
const LAST_WORDS_MS = 1_000;

/** Makes one of a command's session and its watchdog's: the watchdog ends the command, or lets it go. */
export function joinGuard(
  session: Session,
  guard: ExecGuard | undefined,
  { sleep, onNotice }: Pick<Deps, "sleep"> & {
    /** One line for the user. */
    readonly onNotice: (text: string) => void;
  },
): Session {
  let ending = false;

  /** The watchdog ends what a session that failed or was given up has left. */
  async function finish(end: SessionEnd): Promise<SessionEnd> {
    if (ending || end.kind === "failed") {
      await guard?.close();
      return end;
    }
    const error = await guard?.release();
    return error === undefined ? end : { kind: "failed", error };
  }

  /** Whether the command ends as the watchdog asks it to. */
  async function endsPolitely({ end }: ExecGuard): Promise<boolean> {
    const polite = comesWithin(LAST_WORDS_MS, session.exit, { sleep });
    await end();
    return await polite;
  }

  return {
    ...session,
    // The watchdog sees to the end of the command; where there is none, that was said.
    ...(session.kind === "stream" ? { left: () => undefined } : {}),
    async end() {
      const first = !ending;
      ending = true;
      if (first && guard === undefined) onNotice(NO_WATCHDOG);
      if (first && guard !== undefined && await endsPolitely(guard)) return;
      await session.end();
    },
    exit: session.exit.then(finish),
  };
}
