import type { Deps } from "../../deps.ts";
import type { DockerClient } from "../../docker/docker_client.ts";
import type { DockerConnection } from "../../docker/docker_connection.ts";
import {
  createExec,
  type ExecState,
  inspectExec,
  resizeExec,
  startExec,
} from "../../docker/exec_calls.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import { createOutputQueue } from "../channel/output_queue.ts";
import type { Placement } from "../place_words.ts";
import {
  explainShellFailure,
  holdStartFailure as holdShellFailure,
  readStartFailure,
} from "../reply/hold_start_failure.ts";
import type { SessionEnd, StreamSession, TerminalSize } from "../session.ts";
import { explainStartFailure, holdStartFailure } from "./hold_start_failure.ts";
import { startExecGuard } from "./guard_exec.ts";
import { NO_WATCHDOG } from "./watchdog.ts";
import { createFrameSplitter } from "./split_frames.ts";

/** A command to run in a container. */
export interface DockerSessionRequest extends Placement {
  /** Docker's own id, from findDockerContainer. */
  readonly containerId: string;
  /** The command itself; no script of ours around it. */
  readonly words: readonly string[];
  /** A terminal of its own: interactive sessions. */
  readonly tty: boolean;
  /** Stream our stdin to the command; without it the command reads an empty one. */
  readonly stdin: boolean;
  /** The local terminal's size, when there is one. */
  readonly size?: TerminalSize | undefined;
  readonly privileged?: boolean | undefined;
  /** Without a terminal: keep stderr apart (the default), or put it into the output as it comes. */
  readonly stderr?: "split" | "merge" | undefined;
}

/** What it needs of the outside. */
export interface DockerSessionDeps extends Pick<Deps, "sleep"> {
  /** One line for the user. */
  readonly onNotice: (text: string) => void;
  /** The daemon has taken the command. */
  readonly onStarted: () => void;
}

/** How long a command may take to end when it is told to, before the session gives up on it. */
const END_MS = 4_000;
const FIRST_POLL_MS = 5;
const SLOWEST_POLL_MS = 500;
/** A terminal has no size until its command runs, a little after the daemon has said yes. */
const RESIZE_TRIES = 10;
const RESIZE_RETRY_MS = 20;
/** What ends a program on a terminal, where nothing else can: Ctrl-C, then Ctrl-D on a line of its own. */
const LAST_KEYS = Uint8Array.of(0x03, 0x0d, 0x04);

/**
 * Runs a command in a container through Docker's Engine API. The session owns the client from then on, and
 * closes it.
 *
 * @throws PortholeError when the daemon refuses, or the container is gone.
 */
export async function openDockerSession(
  client: DockerClient,
  request: DockerSessionRequest,
  deps: DockerSessionDeps,
): Promise<StreamSession> {
  const { containerId, words, tty, stdin, stderr = "split" } = request;
  const guard = await startExecGuard(client, containerId, request, deps);
  let execId: string;
  let connection: DockerConnection;
  try {
    execId = await createExec(client, containerId, {
      words: guard?.wrap(words) ?? words,
      tty,
      stdin,
      user: request.user,
      workdir: request.workdir,
      env: request.env?.map(({ name, value }) => `${name}=${value}`),
      privileged: request.privileged,
    });
    connection = await startExec(client, execId, { tty, size: request.size });
  } catch (error) {
    await guard?.close();
    client.close();
    throw error;
  }
  deps.onStarted();

  const { promise: exit, resolve: resolveExit } = Promise.withResolvers<
    SessionEnd
  >();
  const over = new AbortController();
  let fullQueues = 0;
  let room = Promise.withResolvers<void>();
  room.resolve();
  let ending = false;

  function onFull(full: boolean): void {
    fullQueues += full ? 1 : -1;
    if (full && fullQueues === 1) room = Promise.withResolvers<void>();
    if (!full && fullQueues === 0) room.resolve();
  }

  const output = createOutputQueue(onFull);
  const errors = !tty && stderr === "split"
    ? createOutputQueue(onFull)
    : undefined;
  /** The watchdog's shell, which becomes the command, reports as any shell does. */
  const shellReport = holdShellFailure();
  const hold = (pass: (bytes: Uint8Array) => void) =>
    tty || guard === undefined
      ? pass
      : (bytes: Uint8Array) => pass(shellReport.push(bytes));
  const passErrors = hold(errors?.push ?? output.push);
  const held = holdStartFailure(
    errors === undefined ? passErrors : output.push,
  );

  async function readOutput(): Promise<void> {
    const take = tty ? held.push : createFrameSplitter({
      stdout: held.push,
      stderr: errors === undefined ? held.push : passErrors,
    });
    for (;;) {
      await room.promise;
      const bytes = await connection.read();
      if (bytes === null) return;
      take(bytes);
    }
  }

  /** A command may close its output and go on; and Docker may close it a little before it knows the status. */
  async function readEnd(): Promise<ExecState | undefined> {
    for (
      let wait = FIRST_POLL_MS;
      !over.signal.aborted;
      wait = Math.min(2 * wait, SLOWEST_POLL_MS)
    ) {
      const state = await inspectExec(client, execId);
      if (state === undefined || !state.running) return state;
      await deps.sleep(wait, over.signal);
    }
    return undefined;
  }

  async function follow(): Promise<SessionEnd> {
    try {
      await readOutput();
      const state = await readEnd();
      if (over.signal.aborted) return { kind: "unknown" };
      if (state?.status === undefined) {
        return lost("Docker does not know its exit status", undefined);
      }
      if (!state.ran && held.text() !== "") {
        return { kind: "failed", error: explainStartFailure(held.text()) };
      }
      held.release();
      const report = shellReport.release();
      const reason = readStartFailure(report, state.status);
      if (reason !== undefined) {
        return {
          kind: "failed",
          error: explainShellFailure(reason, state.status),
        };
      }
      (errors ?? output).push(report);
      return { kind: "status", status: state.status };
    } catch (error) {
      return over.signal.aborted
        ? { kind: "unknown" }
        : lost(messageOf(error), error);
    }
  }

  async function finish(end: SessionEnd): Promise<void> {
    // A watchdog that hears no last word ends what is left: right for a session that was lost or given up.
    if (end.kind === "status") await guard?.release();
    else await guard?.close();
    over.abort();
    connection.close();
    client.close();
    output.close();
    errors?.close();
    resolveExit(end);
  }

  void follow().then(finish);

  let size = request.size;
  let sizing = false;
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
  if (tty && size !== undefined) void sendSize();

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
        connection.close();
        return;
      }
      ending = true;
      if (guard !== undefined) await guard.end();
      else await endUnguarded();
      await Promise.race([exit, deps.sleep(END_MS, over.signal)]);
      if (over.signal.aborted) return;
      over.abort();
      connection.close();
    },
    exit,
  };

  /** Nothing in the container can signal the command: its input is all there is. */
  async function endUnguarded(): Promise<void> {
    deps.onNotice(NO_WATCHDOG);
    await (tty ? connection.write(LAST_KEYS) : connection.closeWrite())
      .catch(() => {});
  }

  function lost(why: string, cause: unknown): SessionEnd {
    return {
      kind: "failed",
      error: new PortholeError(
        "session_lost",
        `Cannot tell how the command ended: ${why}`,
        {
          hint: "the container, the Docker daemon or the line to it went away",
          cause,
        },
      ),
    };
  }
}
