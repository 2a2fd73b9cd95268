import { Buffer } from "node:buffer";
import { startPty } from "../sandbox/start_pty.ts";
import { bareEnvironment } from "./run_porthole.ts";

/** A command in a terminal of its own, and a user at its keys. */
export interface Terminal {
  /** Everything printed so far. */
  readonly screen: string;
  type(keys: string): void;
  /** Waits until `expected` is printed, after what the last call found. */
  waitFor(expected: string | RegExp): Promise<void>;
  /** Sends a signal to the command alone. */
  kill(signal: Deno.Signal): void;
  readonly exit: Promise<TerminalExit>;
}

/** How it ended. */
export interface TerminalExit {
  /** As a shell says it: 128+n for signal n. */
  readonly status: number;
  /** The terminal's settings are what they were before. */
  readonly restored: boolean;
}

// The shell around the command tells between bytes that nobody else prints, and then waits, so that
// its last words are read.
const AROUND = `trap : INT QUIT TSTP TERM HUP; b=$(stty -g); ` +
  `sh -c 'printf "\\036pid %s\\036" $$; exec "$@"' sh "$@"; s=$?; ` +
  `[ "$b" = "$(stty -g)" ] && r=restored; printf '\\036exit %s %s\\036' $s "$r"; read -r _`;
// deno-lint-ignore no-control-regex
const SAID = /\x1e(pid|exit) (\d+) ?(restored)?\x1e/g;
const TIMEOUT_MS = 20_000;

/**
 * Runs a command in a terminal on the pty that the sandbox's containers have.
 *
 * Not node-pty's streams, as in pty.ts: under Deno 2.7 they close descriptors that are not theirs, and
 * the sandbox in this process loses its connections.
 */
export function openTerminal(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Terminal {
  const pty = startPty({
    file: "/bin/sh",
    args: ["-c", AROUND, "sh", ...command],
    env: { ...bareEnvironment(), TERM: "xterm-256color", ...env },
    cwd: "/",
    cols: 80,
    rows: 24,
  });
  const decoder = new TextDecoder();
  const exit = Promise.withResolvers<TerminalExit>();
  let raw = "";
  let screen = "";
  let pid = 0;
  let found = 0;
  let ended = false;
  let changed = Promise.withResolvers<void>();

  async function read(): Promise<void> {
    while (!ended) {
      const bytes = pty.readNow(65_536);
      if (bytes === undefined) break;
      if (bytes.length === 0) {
        await pty.waitReadable();
        continue;
      }
      raw += decoder.decode(bytes, { stream: true });
      for (const [, what, number, restored] of raw.matchAll(SAID)) {
        if (what === "pid") pid = Number(number);
        else {
          ended = true;
          exit.resolve({
            status: Number(number),
            restored: restored !== undefined,
          });
        }
      }
      screen = raw.replaceAll(SAID, "");
      changed.resolve();
      changed = Promise.withResolvers<void>();
    }
    ended = true;
    pty.kill("SIGKILL");
    await pty.close();
    exit.reject(new Error(`The terminal was closed:\n${screen}`));
    changed.resolve();
  }
  exit.promise.catch(() => {});
  void read();

  async function type(keys: string): Promise<void> {
    for (let rest = Buffer.from(keys); rest.length > 0 && !ended;) {
      const count = pty.writeNow(rest);
      if (count === 0) await pty.waitWritable();
      rest = rest.subarray(count);
    }
  }

  return {
    get screen() {
      return screen;
    },
    type: (keys) => void type(keys),
    async waitFor(expected) {
      const late = Promise.withResolvers<"late">();
      const timer = setTimeout(() => late.resolve("late"), TIMEOUT_MS);
      try {
        for (;;) {
          const rest = screen.slice(found);
          const [match] = typeof expected === "string"
            ? (rest.includes(expected) ? [expected] : [])
            : expected.exec(rest) ?? [];
          if (match !== undefined) {
            found += rest.indexOf(match) + match.length;
            return;
          }
          if (
            ended ||
            await Promise.race([changed.promise, late.promise]) === "late"
          ) throw new Error(`${expected} was not printed, only:\n${screen}`);
        }
      } finally {
        clearTimeout(timer);
      }
    },
    kill: (signal) => Deno.kill(pid, signal),
    exit: exit.promise,
  };
}
