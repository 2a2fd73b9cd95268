import { PortholeError } from "../../errors.ts";
import { explainClosingText } from "../channel/explain_channel_end.ts";
import type { SessionEnd } from "../session.ts";
import type { PluginEnding } from "./banner_filter.ts";

/** What the plugin's last words mean for a session without a status; `missing` is the error where one was to come. */
export function explainEnding(
  ending: PluginEnding,
  missing: PortholeError | undefined,
): SessionEnd {
  switch (ending.kind) {
    case "exited":
      return missing === undefined
        ? { kind: "unknown" }
        : { kind: "failed", error: missing };
    case "error":
      return {
        kind: "failed",
        error: explainClosingText(ending.text, missing !== undefined),
      };
    case "none":
      return {
        kind: "failed",
        error: new PortholeError(
          "session_lost",
          "Cannot determine how the session ended: session-manager-plugin exited without saying why",
          {
            hint:
              "the command may still be running; --session builtin resumes a connection that breaks",
          },
        ),
      };
  }
}
