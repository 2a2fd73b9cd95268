import type { Deps } from "../../deps.ts";
import type { DockerClient } from "../../docker/docker_client.ts";
import type { DockerConnection } from "../../docker/docker_connection.ts";
import { createExec, inspectExec, startExec } from "../../docker/exec_calls.ts";
import { PortholeError } from "../../errors.ts";
import type { DockerSessionRequest } from "./docker_session_request.ts";
import {
  createSupervisedStream,
  type SupervisedStream,
} from "./exec_stream.ts";
import {
  explainLostExec,
  findContainerEnd,
  type StartedContainer,
} from "./explain_lost_exec.ts";
import {
  type CommandGuard,
  type ExecWatchdog,
  guardByConnection,
  startExecGuard,
} from "./guard_exec.ts";
import { explainDaemonReport, lacksShell } from "./hold_daemon_report.ts";
import type { FrameSinks } from "./split_frames.ts";
import { supervisedWords } from "./watchdog.ts";

/** A command that the daemon has started. */
export interface StartedCommand {
  readonly execId: string;
  readonly connection: DockerConnection;
  /** Absent where the container has no shell: then nothing ends the command, or says that its output is complete. */
  readonly supervised?: {
    readonly stream: SupervisedStream;
    readonly guard: CommandGuard;
    /** Resolves when a watchdog beside the command is lost; absent where it is the command's own. */
    readonly lost?: Promise<void>;
  };
}

/** What starting a command needs of the outside. */
export interface StartDeps extends Pick<Deps, "sleep"> {
  /** The daemon is about to run this exec; where that fails for want of a shell, another one follows. */
  readonly onExec: (execId: string) => void;
  /** One line for the user. */
  readonly onNotice: (text: string) => void;
}

const LEFT_BEHIND_NOTICE =
  "The command has ended, but a process that it left in the background still has its output open: what that process writes from now on may be lost";

/** How long a daemon may be silent about a command that it has started, before it is asked. */
const SILENCE_MS = 20_000;
/** How long a command may take to start. */
const START_MS = 60_000;

/**
 * Starts a command, under a supervisor where the container has a shell.
 *
 * Where our stdin is not the command's, the exec's is the line of a watchdog that the supervisor starts. A terminal and
 * a streamed stdin have no room for that: then the watchdog is an exec of its own.
 *
 * @throws PortholeError when the command cannot start.
 */
export async function startCommand(
  client: DockerClient,
  container: StartedContainer,
  request: DockerSessionRequest,
  sinks: FrameSinks,
  deps: StartDeps,
): Promise<StartedCommand> {
  const alone = !request.tty && !request.stdin;
  const watchdog = alone
    ? undefined
    : await startExecGuard(client, container.id, request, deps);
  if (alone || watchdog !== undefined) {
    const started = await startSupervised(client, container, request, {
      sinks,
      watchdog,
      deps,
    });
    if (started !== undefined) return started;
  }
  const execId = await createExec(client, container.id, {
    ...execOf(request),
    words: request.words,
    stdin: request.stdin,
  });
  const connection = await startExec(client, execId, request);
  deps.onExec(execId);
  return { execId, connection };
}

/** Undefined where the container has no shell: nothing has run then. */
async function startSupervised(
  client: DockerClient,
  container: StartedContainer,
  request: DockerSessionRequest,
  { sinks, watchdog, deps }: {
    readonly sinks: FrameSinks;
    readonly watchdog: ExecWatchdog | undefined;
    readonly deps: StartDeps;
  },
): Promise<StartedCommand | undefined> {
  const { tty, stderr = "split" } = request;
  const merge = !tty && stderr === "merge";
  const nonce = crypto.randomUUID().replaceAll("-", "").slice(0, 16);
  let connection: DockerConnection | undefined;
  try {
    const execId = await createExec(client, container.id, {
      ...execOf(request),
      words: supervisedWords({
        nonce,
        watchdog: watchdog?.pid,
        tty,
        merge,
      }, request.words),
      stdin: watchdog === undefined || request.stdin,
    });
    connection = await startExec(client, execId, request);
    deps.onExec(execId);
    const stream = createSupervisedStream(
      {
        tty,
        split: !tty && !merge,
        nonce,
        onLeftBehind: () => deps.onNotice(LEFT_BEHIND_NOTICE),
      },
      sinks,
    );
    const started = await awaitStart(client, execId, connection, stream, deps);
    if (!started) {
      const report = stream.early().trim();
      const state = await inspectExec(client, execId);
      void connection.close();
      if (state?.status !== 0 && lacksShell(report)) {
        await watchdog?.close();
        return undefined;
      }
      throw await findContainerEnd(client, container, deps) ??
        explainNoStart(client.address, report, state?.status);
    }
    return {
      execId,
      connection,
      supervised: {
        stream,
        guard: watchdog ?? guardByConnection(connection),
        ...(watchdog && { lost: watchdog.lost }),
      },
    };
  } catch (error) {
    void connection?.close();
    await watchdog?.close();
    throw error;
  }
}

function execOf(
  { tty, user, workdir, env, privileged }: DockerSessionRequest,
) {
  return {
    tty,
    user,
    workdir,
    env: env?.map(({ name, value }) => `${name}=${value}`),
    privileged,
  };
}

/**
 * Waits for the supervisor's first word; false when it does not come any more.
 *
 * Podman leaves the connection of an exec that it could not start open (4.3, for a user that is not there).
 */
async function awaitStart(
  client: DockerClient,
  execId: string,
  connection: DockerConnection,
  stream: SupervisedStream,
  { sleep }: Pick<Deps, "sleep">,
): Promise<boolean> {
  const over = new AbortController();
  async function listen(): Promise<boolean> {
    while (!stream.hasStarted()) {
      const bytes = await connection.read();
      if (bytes === null) return false;
      stream.push(bytes);
    }
    return true;
  }
  async function doubt(): Promise<boolean> {
    for (let waited = 0; waited < START_MS; waited += SILENCE_MS) {
      await sleep(SILENCE_MS, over.signal);
      if (over.signal.aborted) return true;
      const state = await inspectExec(client, execId);
      if (state?.running !== true) return false;
    }
    throw new PortholeError(
      "docker_unreachable",
      `Cannot start the command: the Docker daemon at ${client.address} did not start it within ${
        START_MS / 1000
      } s`,
      { hint: "the container's host may be overloaded" },
    );
  }
  try {
    return await Promise.race([listen(), doubt()]);
  } finally {
    over.abort();
  }
}

function explainNoStart(
  address: string,
  report: string,
  status: number | undefined,
): PortholeError {
  if (report !== "") return explainDaemonReport(report);
  if (status === undefined || status === 0) {
    return explainLostExec(address, "it ended before the command began", {
      watched: true,
    });
  }
  return new PortholeError(
    "cannot_start",
    `Cannot start the command: the Docker daemon ended it with status ${status} and does not say why`,
    { hint: "check --user and --workdir, and the daemon's log" },
  );
}
