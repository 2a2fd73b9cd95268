import type { Session } from "../session/session.ts";
import type { DecidedSession } from "./decide_way.ts";
import { openClient } from "./open_client.ts";
import { openGranted, type Opening } from "./open_granted.ts";
import { prepareCommand } from "./prepare_command.ts";
import { requestSession } from "./request_session.ts";

/** Opens a session in the container, on the way that was decided. */
export async function openSession(
  session: DecidedSession,
  opening: Opening,
): Promise<Session> {
  const { invocation, streams, way, target, access, log } = session;
  const { client, onInstance } = way;
  const { deps, deadline, onGranted, onCapabilities, limits } = opening;
  // A shell must not end after ten minutes: for it only the opening is limited.
  const onStarted = () => {
    if (streams.interactive) deadline.cancel();
    opening.onStarted?.();
  };
  // Most sessions need nothing of Docker's.
  if (client.kind === "docker") {
    const { openDocker } = await import("./open_docker.ts");
    const { words } = prepareCommand({ ...session, ...way, client });
    return await openDocker(session, words, { ...opening, onStarted });
  }
  if (onInstance) {
    const { openOnInstance } = await import("./open_on_instance.ts");
    return await openOnInstance(session, client, { ...opening, onStarted });
  }
  const command = prepareCommand({ ...session, ...way, client });
  return await openGranted(
    async (isOver) => {
      const grant = await requestSession(target, command.text, {
        access,
        log,
        deps,
        waitMs: invocation.agentTimeoutMs,
        isOver,
      });
      onGranted(grant.sessionId);
      return grant;
    },
    (grant) =>
      openClient({ session, client, grant, command }, {
        deps,
        onStarted,
        onCapabilities,
        limits,
      }),
    { access, ...opening },
  );
}
