import type { SessionInvocation } from "../args/invocation.ts";
import type { Way } from "./decide_way.ts";

/** Why nothing will report the command's exit status on this way; undefined where something does. */
export function explainUnknownStatus(
  { carrier, windows }: Pick<Way, "carrier" | "windows">,
  { noShell }: Pick<SessionInvocation, "noShell">,
): string | undefined {
  switch (carrier.kind) {
    case "docker":
      return undefined;
    case "plugin":
      return "session-manager-plugin does not tell it";
    case "builtin":
      return windows || noShell
        ? "nothing in the container reports it"
        : undefined;
  }
}
