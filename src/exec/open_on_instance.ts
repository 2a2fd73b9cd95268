import { hostCommand } from "../session/docker/docker_exec_words.ts";
import {
  hostWatchdogWords,
  startHostGuard,
} from "../session/docker/guard_host_exec.ts";
import { joinGuard } from "../session/docker/join_guard.ts";
import type { ExecGuard } from "../session/docker/watchdog.ts";
import type { Session } from "../session/session.ts";
import { orTimeout } from "../limits/start_deadline.ts";
import type { Client } from "./choose_client.ts";
import type { DecidedSession } from "./decide_way.ts";
import { openBuiltinClient, openClient } from "./open_client.ts";
import { openGranted, type Opening } from "./open_granted.ts";
import { prepareHostCommand } from "./prepare_command.ts";
import { findInstance, hostContainerId } from "./reach_docker.ts";

/** Runs the command with docker in a session on the task's instance; a session beside it watches over it. */
export async function openOnInstance(
  session: DecidedSession,
  client: Client,
  { onStarted, ...opening }: Opening & { readonly onStarted: () => void },
): Promise<Session> {
  const { deps, cancellation, deadline, onGranted } = opening;
  const { access, log, target, way } = session;
  const instanceId = await cancellation.orCancelled(
    orTimeout(findInstance(session), deadline),
  );
  const guard = await startGuard(instanceId, session, opening);
  try {
    const command = prepareHostCommand({ ...session, ...way, client }, {
      containerId: hostContainerId(target),
      watch: guard?.wrap,
    });
    const opened = await openGranted(
      async () => {
        const grant = await access.openInstanceSession(
          instanceId,
          command.text,
        );
        onGranted(grant.sessionId);
        return grant;
      },
      (grant) =>
        openClient({ session, client, grant, command }, { deps, onStarted }),
      { access, ...opening },
    );
    return joinGuard(opened, guard, { sleep: deps.sleep, onNotice: log.warn });
  } catch (error) {
    await guard?.close();
    throw error;
  }
}

/** Opens the watchdog's session. The built-in client joins it, whatever joins the command's: it takes a word at any time. */
async function startGuard(
  instanceId: string,
  { access, log, target, streams, invocation }: DecidedSession,
  { deps, cancellation, deadline }: Omit<Opening, "onGranted">,
): Promise<ExecGuard | undefined> {
  const { user, privileged } = invocation;
  const words = hostWatchdogWords({
    containerId: hostContainerId(target),
    tty: streams.interactive,
    user,
    privileged,
  });
  const session = await openGranted(
    () => access.openInstanceSession(instanceId, hostCommand(words)),
    (grant) =>
      openBuiltinClient(grant, {
        wrapped: undefined,
        interactive: true,
        keepAlive: false,
      }, {
        access,
        deps,
        // What an administrator has to say comes with the command's own session.
        log: { warn: log.debug, info: log.debug, debug: log.debug },
        onStarted: () => {},
      }),
    { access, deps, cancellation, deadline },
  );
  const starting = startHostGuard(session, {
    container: {
      id: hostContainerId(target),
      name: target.container.name,
    },
    sleep: deps.sleep,
    onLost: () =>
      log.warn(
        "The session that watches over the command was lost, so the command ends",
      ),
  });
  try {
    return await cancellation.orCancelled(orTimeout(starting, deadline));
  } catch (error) {
    starting.catch(() => {});
    await session.end();
    throw error;
  }
}
