import { tameText } from "../../aws/tame_text.ts";
import type { Deps } from "../../deps.ts";
import { PortholeError } from "../../errors.ts";
import type { StreamSession } from "../session.ts";
import { isDaemonReport } from "./hold_daemon_report.ts";
import {
  type ExecGuard,
  type WatchdogWord,
  watchdogWords,
  watchedWords,
} from "./watchdog.ts";
import { quoteCommand } from "../quote_command.ts";
import {
  describeStopped,
  explainContainerEnd,
  type StartedContainer,
} from "./explain_lost_exec.ts";
import { dockerExecWords, type HostExecRequest } from "./docker_exec_words.ts";
import { comesWithin, within } from "../../within.ts";

/** How often the watchdog hears that porthole is there. */
const BEAT_MS = 2_000;
/**
 * The silence after which it takes porthole for gone: so many waits in a row, each of so many tenths of a second (at
 * most the 255 that stty takes). It outlasts what a session does: a line that is dialed again, a porthole that is
 * stopped for a minute.
 */
const WAITS = 3;
const WAIT_TENTHS = 250;
/** Session Manager's agent waits a second before it starts anything. */
const START_MS = 20_000;
const LAST_WORDS_MS = 2_000;

const encoder = new TextEncoder();

/**
 * Hands the lines of a terminal to a program, until one of them is `quit`, or none comes for a while. All of it ends
 * with the program: `kill 0` is for whoever still waits for a line.
 *
 * A terminal that is not canonical reads as ended after `time` tenths of a second without a byte
 * (termios(3), VTIME), so the shell's own `read` is all it takes, in bash and dash; busybox's waits on.
 */
const RELAY =
  `stty -echo -opost -isig -icanon min 0 time ${WAIT_TENTHS} 2>/dev/null; i=0; ` +
  `while [ $i -lt ${WAITS} ]; do if read -r l; then i=0; echo "$l"; [ "$l" = quit ] && break; else i=$((i+1)); fi; done | { "$@" || STATE; kill 0; }`;

/** What is said of the container of a watchdog that was not let go. */
const STATE_FORMAT =
  "container {{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}}";
const STATE_LINE = /^container ([a-z]+) (\d+) (true|false)\r?$/m;

function relayFor(containerId: string): string {
  const inspect = quoteCommand([
    ...["sudo", "-n", "docker", "inspect", "--format", STATE_FORMAT],
    containerId,
  ]);
  return RELAY.replace("STATE", () => `${inspect} 2>/dev/null`);
}

/** The words that start a command's watchdog from a shell of the container's host. */
export function hostWatchdogWords(
  request: Pick<
    HostExecRequest,
    "containerId" | "tty" | "user" | "privileged"
  >,
): readonly string[] {
  const { containerId, tty, user, privileged } = request;
  return [
    "sh",
    "-c",
    relayFor(containerId),
    "porthole",
    ...dockerExecWords({
      containerId,
      words: watchdogWords({ tty }),
      tty: false,
      stdin: true,
      user,
      privileged,
      workdir: "/",
    }),
  ];
}

/**
 * Waits for the watchdog that a session on the container's host has started; undefined where the container has
 * no `sh`.
 *
 * The command has a session of its own, and the agent lets it run to its end when porthole goes away. The
 * watchdog's session carries nothing but a word now and then, so that its silence means something.
 *
 * @throws PortholeError when docker cannot be run there; the session is then over.
 */
export async function startHostGuard(
  session: StreamSession,
  { container, sleep, onLost }: Pick<Deps, "sleep"> & {
    readonly container: StartedContainer;
    /** The watchdog is gone, and the command with it. */
    readonly onLost: () => void;
  },
): Promise<ExecGuard | undefined> {
  const writer = session.input.getWriter();
  const over = new AbortController();
  const say = (word: WatchdogWord | "on") =>
    writer.write(encoder.encode(`${word}\n`)).catch(() => {});
  /** Whether an event comes within the time that a watchdog has for its last words. */
  const comesSoon = (event: Promise<unknown>) =>
    comesWithin(LAST_WORDS_MS, event, { sleep });

  async function beat(): Promise<void> {
    while (!over.signal.aborted) {
      void say("on");
      await sleep(BEAT_MS, over.signal);
    }
  }

  void beat();
  const host = listen(session);
  const answer: Answer = await within(START_MS, host.answer, { sleep }) ??
    { kind: "none", said: `no answer within ${START_MS / 1000} s` };
  if (answer.kind === "none") {
    over.abort();
    await comesSoon(session.end());
    const end = await Promise.race([session.exit, undefined]);
    if (isDaemonReport(answer.said)) return undefined;
    throw end?.kind === "failed" ? end.error : explainHost(answer.said);
  }

  let lost = false;
  void session.exit.then(() => {
    lost ||= !over.signal.aborted;
    if (lost) onLost();
    over.abort();
  });
  return {
    wrap: (words) => watchedWords(answer.pid, words),
    end: () => say("end"),
    async release() {
      const early = lost;
      over.abort();
      const heard = await comesSoon(say("quit").then(() => session.exit));
      if (!heard) await session.end();
      return explainState(host.said(), container) ??
        (early ? explainLoss() : undefined);
    },
    async close() {
      over.abort();
      await comesSoon(say("end").then(() => session.end()));
    },
  };
}

type Answer =
  | { readonly kind: "pid"; readonly pid: string }
  /** What it said instead, when it was over. */
  | { readonly kind: "none"; readonly said: string };

const LONGEST_TEXT = 8 * 1024;

/** Reads all that the session says; the first line that is a number is the watchdog's. */
function listen({ output }: StreamSession): {
  readonly answer: Promise<Answer>;
  /** The last of what was said. */
  readonly said: () => string;
} {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const decoder = new TextDecoder();
  let said = "";
  const read = async () => {
    for await (const chunk of output) {
      said += decoder.decode(chunk, { stream: true });
      said = said.slice(-LONGEST_TEXT);
      const pid = /(?:^|\n)(\d+)\r?\n/.exec(said)?.[1];
      if (pid !== undefined) resolve({ kind: "pid", pid });
    }
  };
  void read().catch(() => {}).then(() => resolve({ kind: "none", said }));
  return { answer: promise, said: () => said };
}

/** What the host said of a container whose watchdog was not let go. */
function explainState(
  said: string,
  container: StartedContainer,
): PortholeError | undefined {
  const [, status, code, outOfMemory] = STATE_LINE.exec(said) ?? [];
  if (status === undefined) return undefined;
  const running = status === "running";
  return running ? explainLoss() : explainContainerEnd(
    container,
    describeStopped({
      status,
      exitCode: Number(code),
      outOfMemory: outOfMemory === "true",
    }),
  );
}

function explainLoss(): PortholeError {
  return new PortholeError(
    "status_unknown",
    "Cannot determine the exit status: the command's watchdog ended before the command did",
    {
      hint:
        "the container may have been restarted, or the connection to its instance was lost; the command was ended with the watchdog",
    },
  );
}

/** Makes an error of what `sudo -n docker exec` said in the place of its work. */
function explainHost(said: string): PortholeError {
  // A terminal that was not ready yet has said the first word back.
  const reason = tameText(
    said.replace(/^on\r?$/gm, "").replace(STATE_LINE, ""),
  );
  const gone = /no such container|is not running/i.test(reason);
  return new PortholeError(
    gone ? "container_not_found" : "docker_unreachable",
    `Cannot run docker on the container instance: ${
      reason === "" ? "it exited without output" : reason
    }`,
    {
      hint: gone
        ? "the task may have stopped: choose another one"
        : "exec.docker.host is ssm: Session Manager's user there must be able to run sudo -n docker exec",
    },
  );
}
