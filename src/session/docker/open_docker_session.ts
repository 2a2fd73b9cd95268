import type { Deps } from "../../deps.ts";
import type { DockerClient } from "../../docker/docker_client.ts";
import {
  type ExecState,
  inspectExec,
  resizeExec,
} from "../../docker/exec_calls.ts";
import { inspectContainer } from "../../docker/inspect_container.ts";
import { SIGNAL_BASE } from "../../end_signal.ts";
import { messageOf } from "../../errors.ts";
import { quoteValue } from "../../quote_value.ts";
import { createOutputQueue } from "../channel/output_queue.ts";
import {
  explainShellReport,
  holdShellReport,
  readShellReport,
} from "../reply/hold_shell_report.ts";
import type { SessionEnd, StreamSession } from "../session.ts";
import type { SessionLimits } from "../session_limits.ts";
import type { DockerSessionRequest } from "./docker_session_request.ts";
import {
  explainLostExec,
  findContainerEnd,
  type StartedContainer,
} from "./explain_lost_exec.ts";
import { explainDaemonReport, holdDaemonReport } from "./hold_daemon_report.ts";
import { createFrameSplitter } from "./split_frames.ts";
import { startCommand, type StartedCommand } from "./start_command.ts";
import { NO_WATCHDOG } from "./watchdog.ts";
import { within } from "../../within.ts";

/** What it needs of the outside. */
export interface DockerSessionDeps extends Pick<Deps, "sleep"> {
  /** One line for the user. */
  readonly onNotice: (text: string) => void;
  /** The daemon has taken the command. */
  readonly onStarted: () => void;
  /** Default: those of a session that has a process for itself. */
  readonly limits?: Pick<SessionLimits, "output"> | undefined;
}

/** How long a command may take to end after it was signaled, before the session gives up on it. */
const END_MS = 4_000;
/** How long output may still come when the watchdog's connection is lost. */
const LAST_OUTPUT_MS = 2_000;
const FIRST_POLL_MS = 5;
const SLOWEST_POLL_MS = 500;
/** How long a command may outlive a stream that may have ended with it. */
const LAST_POLLS_MS = 2_000;
/** A terminal has no size until its command runs, a little after the daemon has said yes. */
const RESIZE_TRIES = 10;
const RESIZE_RETRY_MS = 20;
/** What ends a program on a terminal, where nothing else can: Ctrl-C, then Ctrl-D on a line of its own. */
const LAST_KEYS = Uint8Array.of(0x03, 0x0d, 0x04);
/** The line to the daemon broke under a command. */
class LineLost extends Error {
  override readonly name = "LineLost";
}

/**
 * Runs a command in a container through Docker's Engine API. The session owns the client from then on, and
 * closes it.
 *
 * An exit status counts only when the output has come to its end: the supervisor's last word in a container with a
 * shell, whole frames and an ssh that ended well in any.
 *
 * @throws PortholeError when the daemon refuses, the command cannot start, or the container is gone.
 */
export async function openDockerSession(
  client: DockerClient,
  request: DockerSessionRequest,
  deps: DockerSessionDeps,
): Promise<StreamSession> {
  const { containerId, tty, stdin, stderr = "split" } = request;
  const container: StartedContainer = {
    id: containerId,
    name: request.containerName,
    startedAt: request.containerStartedAt,
  };
  let fullQueues = 0;
  let room = Promise.withResolvers<void>();
  room.resolve();

  function onFull(full: boolean): void {
    fullQueues += full ? 1 : -1;
    if (full && fullQueues === 1) room = Promise.withResolvers<void>();
    if (!full && fullQueues === 0) room.resolve();
  }

  const output = createOutputQueue(onFull, deps.limits?.output);
  const errors = !tty && stderr === "split"
    ? createOutputQueue(onFull, deps.limits?.output)
    : undefined;
  /** The supervisor's shell, which becomes the command, reports as any shell does. */
  const shellReport = holdShellReport();
  const last = errors ?? output;
  const sinks = {
    stdout: errors === undefined && !tty
      ? (bytes: Uint8Array) => output.push(shellReport.push(bytes))
      : output.push,
    stderr: (bytes: Uint8Array) => last.push(shellReport.push(bytes)),
  };

  const over = new AbortController();
  let size = request.size;
  let sizing = false;
  let execId = "";
  /** Sizes that change while one is being set are passed over, but for the last. */
  async function sendSize(): Promise<void> {
    if (sizing) return;
    sizing = true;
    for (let tries = 0; size !== undefined && tries < RESIZE_TRIES; tries++) {
      const wanted = size;
      const done = await resizeExec(client, execId, wanted).catch(() => false);
      if (over.signal.aborted) break;
      if (!done) await deps.sleep(RESIZE_RETRY_MS * (tries + 1), over.signal);
      else if (size === wanted) break;
      else tries = -1;
    }
    sizing = false;
  }
  let command: StartedCommand;
  try {
    command = await startCommand(client, container, request, sinks, {
      sleep: deps.sleep,
      onNotice: deps.onNotice,
      onExec(id) {
        execId = id;
        if (tty && size !== undefined) void sendSize();
      },
    });
  } catch (error) {
    over.abort();
    await client.close();
    throw error;
  }
  deps.onStarted();

  const { connection, supervised } = command;
  const { promise: exit, resolve: resolveExit } = Promise.withResolvers<
    SessionEnd
  >();
  let ending = false;
  void supervised?.lost?.then(async () => {
    await deps.sleep(LAST_OUTPUT_MS, over.signal);
    if (!over.signal.aborted) await connection.close();
  });

  /** Hands the output on to its end. */
  async function readAll(take: (bytes: Uint8Array) => void): Promise<void> {
    for (;;) {
      await room.promise;
      const bytes = await connection.read();
      if (bytes === null) return;
      take(bytes);
    }
  }

  /** A command may close its output and go on; and Docker may close it a little before it knows the status. */
  async function readEnd(
    limitMs = Infinity,
  ): Promise<ExecState | undefined> {
    let wait = FIRST_POLL_MS;
    for (let waited = 0; !over.signal.aborted; waited += wait) {
      const state = await inspectExec(client, execId);
      if (!state?.running || waited > limitMs) return state;
      wait = Math.min(2 * wait, SLOWEST_POLL_MS);
      await deps.sleep(wait, over.signal);
    }
    return undefined;
  }

  async function followSupervised(
    { stream, guard }: NonNullable<StartedCommand["supervised"]>,
  ): Promise<SessionEnd> {
    try {
      await readAll(stream.push);
    } catch (error) {
      // A daemon that still had input to read resets the connection at its end.
      if (!stream.isComplete()) throw error;
    }
    stream.flush();
    if (!stream.isComplete()) {
      throw new LineLost("it ended before the command's output did");
    }
    const [state, heard] = await Promise.all([readEnd(), guard.release()]);
    if (!heard) {
      throw new LineLost("the one of the command's watchdog ended too early");
    }
    const status = statusOf(state);
    const report = shellReport.release();
    const reason = readShellReport(report, status);
    if (reason !== undefined) {
      return { kind: "failed", error: explainShellReport(reason, status) };
    }
    last.push(report);
    return { kind: "status", status };
  }

  async function followBare(): Promise<SessionEnd> {
    const stdout = holdDaemonReport(output.push);
    const stderr = holdDaemonReport(last.push);
    const frames = tty ? undefined : createFrameSplitter({
      stdout: stdout.push,
      stderr: stderr.push,
    });
    await readAll(frames?.push ?? stdout.push);
    if (frames?.isWhole() === false) {
      throw new LineLost("it ended in the middle of the output");
    }
    const state = await readEnd(client.provesEnd ? Infinity : LAST_POLLS_MS);
    if (state?.running) {
      throw new LineLost("it ended, and the command is still running");
    }
    const report = stdout.text() || stderr.text();
    if (state?.ran === false && report !== "") {
      return { kind: "failed", error: explainDaemonReport(report) };
    }
    stdout.release();
    stderr.release();
    return { kind: "status", status: statusOf(state) };
  }

  function statusOf(state: ExecState | undefined): number {
    if (state?.status !== undefined) return state.status;
    throw new LineLost("the daemon does not know how the command ended");
  }

  async function follow(): Promise<SessionEnd> {
    try {
      const end = supervised === undefined
        ? await followBare()
        : await followSupervised(supervised);
      if (end.kind !== "status" || end.status < SIGNAL_BASE) return end;
      const error = await findContainerEnd(
        client,
        container,
        deps,
        supervised === undefined ? undefined : 1,
      );
      return error === undefined ? end : { kind: "failed", error };
    } catch (error) {
      if (over.signal.aborted) return { kind: "unknown" };
      return {
        kind: "failed",
        error: await findContainerEnd(client, container, deps) ??
          explainLostExec(client.address, messageOf(error), {
            watched: supervised !== undefined,
            cause: error,
          }),
      };
    }
  }

  async function finish(end: SessionEnd): Promise<void> {
    over.abort();
    // A watchdog whose line ends without a last word ends what is left: right for a session that was lost or given up.
    await Promise.all([
      supervised?.guard.close(),
      connection.close(),
      client.close(),
    ]);
    output.close();
    errors?.close();
    resolveExit(end);
  }

  void follow().then(finish);

  return {
    kind: "stream",
    output: output.stream,
    ...(errors && { stderr: errors.stream }),
    input: stdin
      ? new WritableStream({
        write: (bytes) => connection.write(bytes),
        // A terminal's input has no end.
        close: async () => {
          if (!tty) await connection.closeWrite();
        },
      })
      : new WritableStream(),
    resize(newSize) {
      size = newSize;
      if (tty) void sendSize();
    },
    async end() {
      if (ending) {
        over.abort();
        await connection.close();
        return;
      }
      ending = true;
      if (supervised !== undefined) await supervised.guard.end();
      else await endUnguarded();
      await Promise.race([exit, deps.sleep(END_MS, over.signal)]);
      if (over.signal.aborted) return;
      await tellUnended();
      over.abort();
      await connection.close();
    },
    exit,
  };

  /** Nothing in the container can signal the command: its input is all there is. */
  async function endUnguarded(): Promise<void> {
    deps.onNotice(NO_WATCHDOG);
    await (tty ? connection.write(LAST_KEYS) : connection.closeWrite())
      .catch(() => {});
  }

  /** Says that the command was signaled and has not ended. */
  async function tellUnended(): Promise<void> {
    const state = await within(
      LAST_OUTPUT_MS,
      inspectContainer(client, containerId).catch(() => undefined),
      deps,
    );
    if (state !== undefined && state !== "gone" && state.paused) {
      deps.onNotice(
        `Container ${
          quoteValue(request.containerName ?? containerId.slice(0, 12))
        } is paused: the command continues, or ends, once the container is resumed ("docker unpause")`,
      );
    } else if (supervised !== undefined) {
      deps.onNotice(
        "The command did not end in time: it may still be running in the container",
      );
    }
  }
}
