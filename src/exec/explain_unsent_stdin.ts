import type { SessionInvocation } from "../args/invocation.ts";
import type { Way } from "./decide_way.ts";

/** Why a stdin that is not a terminal's cannot be sent on this way; undefined where it can. */
export function explainUnsentStdin(
  { client, windows }: Pick<Way, "client" | "windows">,
  { noShell }: Pick<SessionInvocation, "noShell">,
): string | undefined {
  if (client.kind === "docker") return undefined;
  if (windows || noShell) {
    return "nothing in the container would see its end (-n runs the command without stdin)";
  }
  return client.kind === "plugin"
    ? "session-manager-plugin would stop at its end (--session builtin sends it)"
    : undefined;
}
