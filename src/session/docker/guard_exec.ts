import type { Deps } from "../../deps.ts";
import type { DockerClient } from "../../docker/docker_client.ts";
import type { DockerConnection } from "../../docker/docker_connection.ts";
import { createExec, startExec } from "../../docker/exec_calls.ts";
import { PortholeError } from "../../errors.ts";
import { createFrameSplitter } from "./split_frames.ts";

/** A watchdog in the container for one command. */
export interface ExecGuard {
  /** The words that show themselves to the watchdog, and then become the command. */
  wrap(words: readonly string[]): readonly string[];
  /** Ends everything in the command's session: politely, and after two seconds for good. */
  end(): Promise<void>;
  /** Lets go: the command is over, and what it left running is nobody's business. */
  release(): Promise<void>;
  /** Drops the connection; the watchdog takes that for the end of porthole. */
  close(): void;
}

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
 * The watchdog says its pid. The command's wrapper writes its own pid into the watchdog's stdin, through /proc,
 * before it becomes the command, and does not become it when the watchdog is gone: at no moment can a command
 * run that nobody watches. An exec is the leader of a session of its own (runc calls setsid), so the pid names
 * all that the command starts, but what leaves with setsid, as a daemon does.
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
      words: ["sh", "-c", WATCH, SHELL_NAME, tty ? "HUP" : "TERM"],
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

  const say = (word: string) =>
    connection.write(encoder.encode(`${word}\n`)).catch(() => {});
  return {
    wrap: (words) => ["sh", "-c", ANNOUNCE, SHELL_NAME, pid, ...words],
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
    close: () => connection.close(),
  };
}

/** The shell's name for itself: it stands before its own messages, such as "not found". */
const SHELL_NAME = "porthole";

/**
 * Shows the command's pid to the watchdog whose pid is the first word. A watchdog that is there but cannot be
 * written to (a hardened /proc) leaves the command unwatched; without one it is not run.
 */
const ANNOUNCE = `{ echo session $$ >/proc/$1/fd/0; } 2>/dev/null || ` +
  `kill -0 $1 2>/dev/null || exit 125; shift; exec "$@"`;

/**
 * Waits for a word: the command's session, `end`, or `quit`; the end of its input is `end` too. Then it signals all
 * processes of that session: the first word's signal, two seconds of patience, and KILL, twice for what forked
 * meanwhile. It uses nothing but the shell and /proc; where there is no `sleep` there is no patience.
 *
 * Of /proc/PID/stat, what stands behind the name's last parenthesis is: state, parent, group, session (proc(5)).
 */
const WATCH = [
  `exec 2>/dev/null`,
  `echo $$`,
  `while read -r w a; do case $w in session) s=$a;; end) break;; quit) exit;; esac; done`,
  `[ "$s" ] || exit`,
  `m() { p=; for f in /proc/[0-9]*/stat; do read -r l <$f || continue; i=\${l%% *}; set -- \${l##*) }; ` +
  `[ "$4" = $s ] && [ $1 != Z ] && p="$p $i"; done; [ "$p" ]; }`,
  `for k in $1 0 KILL KILL; do m || exit; kill -$k $p; kill -CONT $p; sleep 1; done`,
].join("\n");

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
