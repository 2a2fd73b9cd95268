import type { Deps } from "../deps.ts";
import { openDockerSession } from "../session/docker/open_docker_session.ts";
import type { StreamSession } from "../session/session.ts";
import type { PreparedExec } from "./prepare_exec.ts";
import { reachDocker } from "./reach_docker.ts";

/** Opens a session through the Docker daemon of the task's instance. */
export async function openDocker(
  prepared: PreparedExec,
  deps: Deps,
  onStarted: () => void,
): Promise<StreamSession> {
  const { invocation, streams, command, log, stderr } = prepared;
  const { client, containerId } = await reachDocker(prepared, deps);
  return await openDockerSession(client, {
    containerId,
    words: command.words,
    tty: streams.interactive,
    stdin: streams.stdin,
    size: deps.terminalSize(),
    user: invocation.user,
    workdir: invocation.workdir,
    env: invocation.env,
    privileged: invocation.privileged,
    stderr,
  }, { sleep: deps.sleep, onNotice: log.warn, onStarted });
}
