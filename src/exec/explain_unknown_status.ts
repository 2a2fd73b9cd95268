import type { SessionInvocation } from "../args/invocation.ts";
import type { SessionStreams } from "../terminal/choose_streams.ts";
import type { Way } from "./decide_way.ts";

/** Why nothing will report the command's exit status on this way; undefined where something does. */
export function explainUnknownStatus(
  { client, windows }: Pick<Way, "client" | "windows">,
  { noShell }: Pick<SessionInvocation, "noShell">,
  { interactive }: Pick<SessionStreams, "interactive">,
): string | undefined {
  if (client.kind === "docker") return undefined;
  if (windows || noShell) return "nothing in the container reports it";
  return client.kind === "plugin" && interactive
    ? "session-manager-plugin does not report it"
    : undefined;
}
