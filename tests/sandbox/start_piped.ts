import type { SessionTimers } from "./session_timers.ts";

/** What to run without a terminal. */
export type PipedOrder = {
  readonly words: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Whether errors are kept apart from the output. */
  readonly apart: boolean;
};

/** What becomes of its output. */
export type PipedDependencies = {
  readonly timers: SessionTimers;
  /** Nothing is sent now: nobody listens, or the service said so. */
  isPaused(): boolean;
  /** The session is over. */
  isOver(): boolean;
  /** Bytes the socket has not taken yet. */
  waiting(): number;
  send(stream: "stdout" | "stderr", bytes: Uint8Array): void;
};

/** A command without a terminal. */
export type PipedCommand = {
  readonly pid: number;
  /** Settles once it has ended and all of its output was sent. */
  readonly exit: Promise<{ readonly code: number; readonly signal: number }>;
  kill(): void;
};

/** The agent sends this much in one message. */
const messageSize = 1024;
// Past this the socket is given time.
const mostWaiting = 1_048_576;
const signals: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGKILL: 9,
  SIGTERM: 15,
};

/** Starts it; it is sent nothing. */
export function startPiped(
  { words: [file, ...args], env, cwd, apart }: PipedOrder,
  session: PipedDependencies,
): PipedCommand {
  const child = new Deno.Command(apart ? file : "/bin/sh", {
    args: apart ? args : ["-c", 'exec "$0" "$@" 2>&1', file, ...args],
    cwd,
    env,
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    // All that it starts ends with it.
    detached: true,
  }).spawn();

  async function pump(
    stream: ReadableStream<Uint8Array>,
    name: "stdout" | "stderr",
  ): Promise<void> {
    for await (const bytes of stream) {
      for (let at = 0; at < bytes.length; at += messageSize) {
        while (!session.isOver() && session.isPaused()) {
          await session.timers.sleep(Infinity);
        }
        while (!session.isOver() && session.waiting() > mostWaiting) {
          await session.timers.sleep(5);
        }
        if (session.isOver()) break;
        session.send(name, bytes.subarray(at, at + messageSize));
      }
    }
  }

  const read = Promise.all([
    pump(child.stdout, "stdout"),
    pump(child.stderr, "stderr"),
  ]);
  return {
    pid: child.pid,
    exit: child.status.then(async ({ code, signal }) => {
      await read;
      return { code, signal: signal === null ? 0 : signals[signal] ?? 1 };
    }),
    kill() {
      try {
        Deno.kill(-child.pid, "SIGKILL");
      } catch {
        // It has ended already.
      }
    },
  };
}
