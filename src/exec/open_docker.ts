import type { Deps, SpawnedProcess } from "../deps.ts";
import { orTimeout } from "../limits/start_deadline.ts";
import { openDockerSession } from "../session/docker/open_docker_session.ts";
import type { StreamSession } from "../session/session.ts";
import type { DecidedSession } from "./decide_way.ts";
import type { Opening } from "./open_granted.ts";
import { reachDocker } from "./reach_docker.ts";

/** Opens a session through the Docker daemon of the task's instance; a session whose wait is over is closed. */
export async function openDocker(
  session: DecidedSession,
  words: readonly string[],
  { deps, deadline, cancellation, onStarted, limits }:
    & Omit<Opening, "onGranted">
    & { readonly onStarted: () => void },
): Promise<StreamSession> {
  const programs = new Set<SpawnedProcess>();
  let over = false;
  const spawn: Deps["spawn"] = (options) => {
    if (over) throw new Error("the wait is over");
    const program = deps.spawn(options);
    programs.add(program);
    void program.exit.then(() => programs.delete(program));
    return program;
  };
  const opening = open(session, words, { ...deps, spawn }, {
    onStarted,
    limits,
  });
  try {
    return await cancellation.orCancelled(orTimeout(opening, deadline));
  } catch (error) {
    over = true;
    // An ssh that hangs heeds nothing else, and porthole is about to end.
    for (const program of programs) program.kill("SIGKILL");
    void opening.then(async (late) => {
      await late.end();
      await late.end();
    }).catch(() => {});
    throw error;
  }
}

async function open(
  session: DecidedSession,
  words: readonly string[],
  deps: Deps,
  { onStarted, limits }: Pick<Opening, "limits"> & {
    readonly onStarted: () => void;
  },
): Promise<StreamSession> {
  const { invocation, streams, way, log, target } = session;
  const { client, container } = await reachDocker(session, deps);
  return await openDockerSession(client, {
    containerId: container.id,
    containerName: target.container.name,
    containerStartedAt: container.startedAt,
    words,
    tty: streams.interactive,
    stdin: streams.stdin,
    size: deps.terminalSize(),
    user: invocation.user,
    workdir: invocation.workdir,
    env: invocation.env,
    privileged: invocation.privileged,
    stderr: way.stderr,
  }, { sleep: deps.sleep, onNotice: log.warn, onStarted, limits });
}
