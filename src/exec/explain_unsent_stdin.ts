import type { SessionInvocation } from "../args/invocation.ts";
import type { Way } from "./decide_way.ts";

/** Why a stdin that is not a terminal's cannot be sent on this way; undefined where it can. */
export function explainUnsentStdin(
  { carrier, windows }: Pick<Way, "carrier" | "windows">,
  { noShell }: Pick<SessionInvocation, "noShell">,
): string | undefined {
  if (carrier.kind === "docker") return undefined;
  if (windows || noShell) {
    return "nothing in the container would see its end (-n runs the command without stdin)";
  }
  return carrier.kind === "plugin"
    ? "session-manager-plugin would stop at its end (--session builtin sends it)"
    : undefined;
}
