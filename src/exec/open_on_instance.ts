import type { Deps } from "../deps.ts";
import { hostCommand } from "../session/docker/docker_exec_words.ts";
import {
  hostWatchdogWords,
  startHostGuard,
} from "../session/docker/guard_host_exec.ts";
import { joinGuard } from "../session/docker/join_guard.ts";
import type { ExecGuard } from "../session/docker/watchdog.ts";
import type { Session } from "../session/session.ts";
import type { Cancellation } from "../limits/cancel_on_signal.ts";
import { openGranted } from "./open_granted.ts";
import { openBuiltinSession, openSession } from "./open_session.ts";
import { type CarriedExec, planSession } from "./plan_session.ts";
import { prepareCommand } from "./prepare_command.ts";
import type { Learn } from "../report/report_session.ts";
import { findInstance, hostContainerId } from "./reach_docker.ts";
import { type Deadline, orTimeout } from "../limits/start_deadline.ts";

/** What may end the opening of a session, and who hears of it. */
export interface OpeningWay {
  readonly deps: Deps;
  readonly learn: Learn;
  readonly deadline: Deadline;
  readonly cancellation: Cancellation;
}

/** Runs the command with docker in a session on the task's instance; a session beside it watches over it. */
export async function openOnInstance(
  prepared: CarriedExec,
  { onStarted, ...way }: OpeningWay & { readonly onStarted: () => void },
): Promise<Session> {
  const { deps, learn, cancellation, deadline } = way;
  const { access, log, target, streams } = prepared;
  const orOver = <T>(work: Promise<T>) =>
    cancellation.orCancelled(orTimeout(work, deadline));
  const instanceId = await orOver(findInstance(prepared));
  const guard = await startGuard(instanceId, prepared, way);
  try {
    const command = prepareCommand(
      prepared.invocation,
      prepared.config,
      streams,
      prepared.carrier,
      target,
      { containerId: hostContainerId(target), watch: guard?.wrap },
    );
    const session = await openGranted(
      async () => {
        const grant = await access.openInstanceSession(
          instanceId,
          command.text,
        );
        learn({ sessionId: grant.sessionId });
        return grant;
      },
      (grant) =>
        openSession(planSession({ ...prepared, command }, grant), {
          ...prepared,
          deps,
          onStarted,
        }),
      { access, ...way },
    );
    return joinGuard(session, guard, { sleep: deps.sleep, onNotice: log.warn });
  } catch (error) {
    await guard?.close();
    throw error;
  }
}

/** Opens the watchdog's session. The built-in client carries it, whatever carries the command's: it takes a word at any time. */
async function startGuard(
  instanceId: string,
  prepared: CarriedExec,
  { deps, cancellation, deadline }: OpeningWay,
): Promise<ExecGuard | undefined> {
  const { access, aws, log, target, streams, invocation } = prepared;
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
      openBuiltinSession({
        carrier: { kind: "builtin" },
        grant,
        interactive: true,
        wrapped: undefined,
        behindScript: false,
        keepAlive: false,
        profile: undefined,
      }, {
        aws,
        access,
        deps,
        // What an administrator has to say comes with the command's own session.
        log: { ...log, warn: log.debug, info: log.debug },
        onStarted: () => {},
      }),
    { access, deps, cancellation, deadline },
  );
  const starting = startHostGuard(session, {
    sleep: deps.sleep,
    onLost: () =>
      log.warn(
        "The session that watches over the command is lost: the command ends with it",
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
