import type { InputDevice } from "../deps.ts";
import type { Log } from "../log.ts";
import type { Session } from "../session/session.ts";
import type { SessionOutcome } from "../terminal/run_session.ts";

/**
 * Says so where input was taken from a pipe or a file, and the command ended by itself without reading
 * any of it: a loop over that file has lost its lines, or a program was started without the flag that
 * makes it read.
 */
export function warnOfUnreadStdin(
  session: Session,
  { kind, bytes }: Pick<SessionOutcome, "kind" | "bytes">,
  { stdin, log }: {
    readonly stdin: Pick<InputDevice, "isTerminal">;
    readonly log: Pick<Log, "warn">;
  },
): void {
  if (kind !== "ended" || bytes.in === 0 || stdin.isTerminal) return;
  if (session.kind === "attached" || session.isInputUnread?.() !== true) return;
  log.warn(
    "Standard input was sent, but the command read none of it; in a loop that reads a list, use -n",
  );
}
