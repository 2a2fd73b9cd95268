import type { SessionInvocation } from "../args/invocation.ts";
import { usageError } from "../args/usage_error.ts";
import type { SessionStreams } from "../terminal/choose_streams.ts";
import type { Way } from "./decide_way.ts";
import { explainUnknownStatus } from "./explain_unknown_status.ts";
import { explainUnsentStdin } from "./explain_unsent_stdin.ts";

/**
 * Refuses a way on which bytes or their end could be missing unnoticed.
 *
 * @throws {PortholeError} usage
 */
export function refuseLossy(
  way: Pick<Way, "client" | "windows">,
  { invocation, streams }: {
    readonly invocation: Pick<SessionInvocation, "noShell">;
    readonly streams: SessionStreams;
  },
): void {
  const unsent = streams.stdin
    ? explainUnsentStdin(way, invocation)
    : undefined;
  if (way.windows && way.client.kind !== "docker") {
    throw usageError(
      "Cannot copy files of a Windows task: it needs a POSIX shell in the container",
    );
  }
  const reason = unsent ?? explainUnknownStatus(way, invocation, streams);
  if (reason !== undefined) throw usageError(`Cannot copy this way: ${reason}`);
}
