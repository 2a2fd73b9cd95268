import { adviseOnConnection } from "../../explain_certificate.ts";
import { tameText } from "../../aws/tame_text.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import { Base64Damage } from "../reply/decode_base64.ts";
import { MalformedMessage } from "./message.ts";
import { ConnectFailure } from "./connect_failure.ts";
import { ConnectionLost } from "./open_line.ts";

const AGENT_PREFIX = /^[\s-]*ERROR[\s-]*/;

/** Explains what the agent wrote when it closed a session with an error. */
export function explainClosingText(
  closingText: string,
  wrapped: boolean,
): PortholeError {
  const text = tameText(closingText.replace(AGENT_PREFIX, ""));
  const start = /^Unable to start command: (?:Failed to start pty: )?(.*)$/
    .exec(text);
  if (start === null) {
    return new PortholeError(
      "session_refused",
      `Cannot continue the session: ${text}`,
    );
  }
  const reason = start[1] ?? "";
  const program = /exec: "([^"]*)"|fork\/exec ([^:]*):/.exec(reason);
  const name = program?.[1] ?? program?.[2];
  if (wrapped && name !== undefined && /^(.*\/)?sh$/.test(name)) {
    return new PortholeError(
      "command_not_found",
      `Cannot start the command: the container has no usable "sh" (${reason})`,
      {
        hint:
          "--no-shell sends the command as it is; its exit status stays unknown then",
      },
    );
  }
  const code = /permission denied|exec format error/.test(reason)
    ? "not_executable"
    : /not found|no such file/.test(reason)
    ? "command_not_found"
    : "cannot_start";
  return new PortholeError(code, `Cannot start the command: ${reason}`);
}

/** Explains why a channel was lost, or could not be opened. */
export function explainChannelFailure(
  reason: unknown,
  opened: boolean,
): PortholeError {
  if (reason instanceof PortholeError) return reason;
  if (reason instanceof Base64Damage) {
    return new PortholeError(
      "session_lost",
      `Cannot read the command's output: ${reason.message}`,
      {
        hint:
          "a program in the container writes to the session's terminal (/dev/tty), or has changed its modes with stty",
        cause: reason,
      },
    );
  }
  if (reason instanceof MalformedMessage) {
    return new PortholeError(
      "session_lost",
      `Cannot read the session's data: ${tameText(reason.message)}`,
      { cause: reason },
    );
  }
  if (opened) {
    const why = reason instanceof ConnectionLost ? reason.cause : undefined;
    return new PortholeError(
      "session_lost",
      `Cannot continue the session: the connection broke and could not be resumed: ${
        tameText(messageOf(reason))
      }`,
      {
        hint: why instanceof PortholeError ? why.hints : undefined,
        cause: reason,
      },
    );
  }
  const denied = reason instanceof ConnectFailure &&
    (reason.status === 401 || reason.status === 403);
  return new PortholeError(
    denied ? "access_denied" : "unreachable",
    `Cannot open the session's data channel: ${tameText(messageOf(reason))}`,
    {
      hint: denied
        ? "the caller needs ssmmessages:OpenDataChannel, and the right clock on this machine"
        : adviseOnConnection(messageOf(reason)) ??
          "the ssmmessages endpoint must be reachable from here; HTTPS_PROXY and AWS_CA_BUNDLE are respected",
      cause: reason,
    },
  );
}

/** Says that the connection broke, or without a reason that it is back. */
export function describeInterruption(reason: string | undefined): string {
  return reason === undefined
    ? "Session resumed"
    : `The connection was lost (${tameText(reason)}), resuming the session`;
}
