import type { Deps } from "../../deps.ts";
import type { DockerClient } from "../../docker/docker_client.ts";
import type { DockerConnection } from "../../docker/docker_connection.ts";
import { createExec, startExec } from "../../docker/exec_calls.ts";
import { PortholeError } from "../../errors.ts";
import { createFrameSplitter } from "./split_frames.ts";
import {
  type ExecGuard,
  type WatchdogWord,
  watchdogWords,
  watchedWords,
} from "./watchdog.ts";

const encoder = new TextEncoder();
const START_MS = 10_000;
const LAST_WORDS_MS = 1_000;

/**
 * Starts the watchdog of one command, which ends the command when porthole goes away; undefined where the
 * container has no `sh`.
 *
 * Docker leaves a command running when its client drops, and tells nobody in the container; with a terminal
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
): Promise<ExecGuard | undefined> {
  let connection: DockerConnection;
  try {
    const execId = await createExec(client, containerId, {
      words: watchdogWords({ tty }),
      tty: false,
      stdin: true,
      user,
      privileged,
      workdir: "/",
    });
    connection = await startExec(client, execId, { tty: false });
  } catch (error) {
    // What is wrong with this exec is wrong with the command's own, which tells it.
    if (error instanceof PortholeError && error.code === "docker_refused") {
      return undefined;
    }
    throw error;
  }
  const late = new AbortController();
  const pid = await Promise.race([
    readPid(connection),
    deps.sleep(START_MS, late.signal).then(() => undefined),
  ]);
  late.abort();
  if (pid === undefined) {
    connection.close();
    return undefined;
  }

  const say = (word: WatchdogWord) =>
    connection.write(encoder.encode(`${word}\n`)).catch(() => {});
  return {
    wrap: (words) => watchedWords(pid, words),
    end: () => say("end"),
    async release() {
      await say("quit");
      await connection.closeWrite().catch(() => {});
      // A connection that is closed too early can take the word with it.
      const over = new AbortController();
      void Promise.race([
        readToEnd(connection),
        deps.sleep(LAST_WORDS_MS, over.signal),
      ]).then(() => {
        over.abort();
        connection.close();
      });
    },
    close() {
      connection.close();
      return Promise.resolve();
    },
  };
}

/** The watchdog's first line; undefined when it ends, or says something else. */
async function readPid(
  connection: DockerConnection,
): Promise<string | undefined> {
  let text = "";
  const decoder = new TextDecoder();
  const split = createFrameSplitter({
    stdout: (bytes) => text += decoder.decode(bytes, { stream: true }),
    stderr: () => {},
  });
  try {
    while (!text.includes("\n")) {
      const bytes = await connection.read();
      if (bytes === null) return undefined;
      split(bytes);
    }
  } catch {
    return undefined;
  }
  return /^(\d+)\n$/.exec(text)?.[1];
}

async function readToEnd(connection: DockerConnection): Promise<void> {
  try {
    while (await connection.read() !== null);
  } catch {
    // It has ended, one way or the other.
  }
}
