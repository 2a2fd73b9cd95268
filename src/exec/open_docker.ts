import type { Deps } from "../deps.ts";
import { openDockerSession } from "../session/docker/open_docker_session.ts";
import type { StreamSession } from "../session/session.ts";
import type { DecidedSession } from "./decide_way.ts";
import { reachDocker } from "./reach_docker.ts";

/** Opens a session through the Docker daemon of the task's instance. */
export async function openDocker(
  session: DecidedSession,
  words: readonly string[],
  { deps, onStarted }: {
    readonly deps: Deps;
    readonly onStarted: () => void;
  },
): Promise<StreamSession> {
  const { invocation, streams, way, log } = session;
  const { client, containerId } = await reachDocker(session, deps);
  return await openDockerSession(client, {
    containerId,
    words,
    tty: streams.interactive,
    stdin: streams.stdin,
    size: deps.terminalSize(),
    user: invocation.user,
    workdir: invocation.workdir,
    env: invocation.env,
    privileged: invocation.privileged,
    stderr: way.stderr,
  }, { sleep: deps.sleep, onNotice: log.warn, onStarted });
}
