import { tameText } from "../../aws/tame_text.ts";
import { PortholeError } from "../../errors.ts";
import type { WrappedCommand } from "../wrap_command.ts";
import type { Capabilities } from "./read_reply.ts";

/** How much of a foreign text is shown. */
const MAX_FOREIGN = 200;

/** What of the user's wishes a container cannot fulfill, a line each. */
export function describeLimits(
  { options }: WrappedCommand,
  { base64, dd }: Capabilities,
): readonly string[] {
  const missing = !base64 ? "base64" : !dd ? "dd" : undefined;
  if (missing === undefined) return [];
  return [
    ...(options.splitStderr
      ? [`The container has no ${missing}: stderr cannot be separated`]
      : []),
    ...(options.binary
      ? [
        `The container has no ${missing}: output that is not UTF-8 text may arrive changed`,
      ]
      : []),
  ];
}

/** One line on what stood on the session's terminal and is not the command's output. */
export function describeForeign(text: string): string {
  return `Something wrote to the terminal of the session, which is not part of the output: "${
    tameText(text.slice(0, MAX_FOREIGN)).trim()
  }"`;
}

/** The failure that a session without a status is. */
export function explainMissingStatus(
  preamble: string,
  started: boolean,
): PortholeError {
  if (!started) {
    const said = preamble.trim();
    return new PortholeError(
      "cannot_start",
      `Cannot start the command: the session ended before it began${
        said === "" ? "" : ` (${said.slice(0, 300)})`
      }`,
    );
  }
  return new PortholeError(
    "status_unknown",
    "Cannot determine the exit status: the session closed before it arrived",
    {
      hint:
        "the command may still be running, or was killed together with its shell",
    },
  );
}
