import type { Deps } from "../../deps.ts";
import type { DockerClient } from "../../docker/docker_client.ts";
import type { DockerConnection } from "../../docker/docker_connection.ts";
import { createExec, startExec } from "../../docker/exec_calls.ts";
import { PortholeError } from "../../errors.ts";
import { createFrameSplitter } from "./split_frames.ts";
import {
  type ExecGuard,
  RELEASED,
  type WatchdogWord,
  watchdogWords,
} from "./watchdog.ts";
import { within } from "../../within.ts";

/** A watchdog that Docker's API carries. */
export interface CommandGuard extends Pick<ExecGuard, "end" | "close"> {
  /** Lets go of a command that is over; false when the watchdog was not there any more to hear it. */
  release(): Promise<boolean>;
}

/** A watchdog in an exec of its own. */
export interface ExecWatchdog extends CommandGuard {
  readonly pid: string;
  /** Resolves when the watchdog's connection ends before the watchdog was released. */
  readonly lost: Promise<void>;
}

const encoder = new TextEncoder();
const START_MS = 10_000;
const LAST_WORDS_MS = 2_000;

/** A supervisor's own watchdog, which hears what the command's connection carries. */
export function guardByConnection(connection: DockerConnection): CommandGuard {
  return {
    end: () => say(connection, "end"),
    release: () => Promise.resolve(true),
    close: () => connection.close(),
  };
}

/**
 * Starts the watchdog of one command, which ends the command when porthole goes away; undefined where the
 * container has no `sh`.
 *
 * Docker leaves a command running when its client drops, and does not signal the container; with a terminal
 * the command does not even see its input end. So a second exec holds a connection of its own: its stdin ends
 * when porthole or the line is gone, however that came (a dead tcp line: after 150 s, the daemon's keep-alive).
 *
 * It runs as the command's user: it reads and signals what that user may. Nothing of it shares a terminal,
 * a process group or a stream with the command.
 */
export async function startExecGuard(
  client: DockerClient,
  containerId: string,
  { tty, user, privileged }: {
    readonly tty: boolean;
    readonly user?: string | undefined;
    readonly privileged?: boolean | undefined;
  },
  deps: Pick<Deps, "sleep">,
): Promise<ExecWatchdog | undefined> {
  let connection: DockerConnection;
  try {
    const execId = await createExec(client, containerId, {
      words: watchdogWords({ tty, supervised: true }),
      tty: false,
      stdin: true,
      user,
      privileged,
      workdir: "/",
    });
    connection = await startExec(client, execId, { tty: false });
  } catch (error) {
    // What is wrong with this exec is also wrong with the command's own, which reports it.
    if (error instanceof PortholeError && error.code === "docker_refused") {
      return undefined;
    }
    throw error;
  }
  const lines = readLines(connection);
  const first = await within(START_MS, lines.next(), deps);
  const pid = /^\d+$/.exec(first?.value ?? "")?.[0];
  if (pid === undefined) {
    void connection.close();
    return undefined;
  }

  const lost = Promise.withResolvers<void>();
  const over = readLast(lines);
  let released = false;
  let ending = false;
  void over.then(() => released || ending || lost.resolve());
  return {
    pid,
    lost: lost.promise,
    end() {
      ending = true;
      return say(connection, "end");
    },
    async release() {
      released = true;
      await say(connection, "quit");
      // A connection that is closed too early can take the word with it.
      const last = await within(LAST_WORDS_MS, over, deps);
      void connection.close();
      return ending || last === RELEASED;
    },
    async close() {
      released = true;
      await connection.close();
    },
  };
}

function say(connection: DockerConnection, word: WatchdogWord): Promise<void> {
  return connection.write(encoder.encode(`${word}\n`)).catch(() => {});
}

/** No line of a watchdog is longer than a pid. */
const LONGEST_LINE = 64;

/** The lines that a watchdog says, until its connection ends, one way or the other. */
async function* readLines(
  connection: DockerConnection,
): AsyncGenerator<string> {
  let text = "";
  const decoder = new TextDecoder();
  const frames = createFrameSplitter({
    stdout: (bytes) => text += decoder.decode(bytes, { stream: true }),
    stderr: () => {},
  });
  try {
    for (;;) {
      const bytes = await connection.read();
      if (bytes === null) return;
      frames.push(bytes);
      const lines = text.split("\n");
      text = lines.pop()?.slice(0, LONGEST_LINE) ?? "";
      yield* lines;
    }
  } catch {
    // It has ended.
  }
}

async function readLast(
  lines: AsyncGenerator<string>,
): Promise<string | undefined> {
  let last: string | undefined;
  for await (const line of lines) last = line;
  return last;
}
