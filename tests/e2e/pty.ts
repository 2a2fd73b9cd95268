import { Buffer } from "node:buffer";
import { startPty } from "../sandbox/start_pty.ts";

/** What to run in a terminal of its own. */
export interface PtyOptions {
  readonly command: string;
  readonly args?: readonly string[];
  /** The whole environment of the command; TERM is set where it is not named. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly columns?: number;
  readonly rows?: number;
}

/** How a command in a terminal ended, and the terminal's settings around it, as `stty -g` prints them. */
export interface PtyExit {
  /** As a shell says it: 128+n for signal n. */
  readonly code: number;
  readonly sttyBefore: string;
  readonly sttyAfter: string;
}

/** A command that runs in a terminal, and a user at its keys. */
export interface Pty {
  /** The command's own process. */
  readonly pid: Promise<number>;
  /** Everything printed so far, as text. */
  readonly output: string;
  write(text: string): void;
  /**
   * Waits until `expected` is printed, after what the last call found; gives the text up to its end.
   * Fails with what there is after `timeoutMs`, or when the command ends without it.
   */
  waitFor(expected: string | RegExp, timeoutMs?: number): Promise<string>;
  resize(columns: number, rows: number): void;
  /** Sends a signal to the command alone, as `kill` does. */
  kill(signal: Deno.Signal): Promise<void>;
  /** The terminal's settings now, as `stty -g` prints them. */
  sttyState(): Promise<string>;
  /** Changes them behind the command's back, as a shell does that has stopped it. */
  setStty(...settings: string[]): Promise<void>;
  /** Closes the terminal under the command, as when its window is closed. */
  close(): void;
  readonly exit: Promise<PtyExit>;
}

// A shell of our own stands around the command: it outlives it, so that the
// terminal can still be asked for its settings. It says what it knows between
// bytes that nobody else prints. The traps keep it alive when a key interrupts
// the command.
const AROUND = `
trap : INT QUIT TSTP TERM HUP
before=$(stty -g)
printf '\\036tty %s\\036' "$(tty)"
sh -c 'printf "\\036pid %s\\036" $$; exec "$@"' sh "$@"
code=$?
printf '\\036exit %s %s %s\\036' "$code" "$before" "$(stty -g)"
`;

const TIMEOUT_MS = 20_000;

/** Runs a command in a terminal of its own. */
export function openPty(options: PtyOptions): Pty {
  // Not node-pty's own streams: under Deno they close descriptors that by then are somebody else's,
  // such as a connection of the sandbox in this process.
  const terminal = startPty({
    file: "sh",
    args: ["-c", AROUND, "sh", options.command, ...(options.args ?? [])],
    cols: options.columns ?? 80,
    rows: options.rows ?? 24,
    cwd: options.cwd ?? Deno.cwd(),
    env: { TERM: "xterm-256color", ...(options.env ?? Deno.env.toObject()) },
  });

  const decoder = new TextDecoder();
  const tty = Promise.withResolvers<string>();
  const pid = Promise.withResolvers<number>();
  const exit = Promise.withResolvers<PtyExit>();
  // Not everybody asks.
  tty.promise.catch(() => {});
  pid.promise.catch(() => {});
  exit.promise.catch(() => {});
  let raw = "";
  let output = "";
  let found = 0;
  let ended = false;
  let onChange = Promise.withResolvers<void>();

  function changed(): void {
    onChange.resolve();
    onChange = Promise.withResolvers<void>();
  }

  // deno-lint-ignore no-control-regex
  const said = /\x1e(tty|pid|exit) ([^\x1e]*)\x1e/;
  const beginsToSay =
    // deno-lint-ignore no-control-regex
    /\x1e(t(ty?)?|p(id?)?|e(x(it?)?)?|(tty|pid|exit) [^\x1e]*)?$/;
  function take(text: string): void {
    raw += text;
    for (let note = said.exec(raw); note; note = said.exec(raw)) {
      output += raw.slice(0, note.index);
      raw = raw.slice(note.index + note[0].length);
      const [first = "", second = "", third = ""] = (note[2] ?? "").split(" ");
      if (note[1] === "tty") tty.resolve(first);
      else if (note[1] === "pid") pid.resolve(Number(first));
      else {
        exit.resolve({
          code: Number(first),
          sttyBefore: second,
          sttyAfter: third,
        });
        ended = true;
        close();
      }
    }
    // A note that is not whole yet is no output.
    const start = beginsToSay.exec(raw)?.index ?? raw.length;
    output += raw.slice(0, start);
    raw = raw.slice(start);
    changed();
  }

  let unwritten = Promise.resolve();
  let closed = false;

  function close(): void {
    closed = true;
    void terminal.close();
  }

  /** Reads until the shell has ended, or the terminal is closed under it. */
  async function readAll(): Promise<void> {
    while (!closed) {
      const bytes = terminal.readNow(65_536);
      if (bytes === undefined) break;
      if (bytes.length > 0) take(decoder.decode(bytes, { stream: true }));
      else await terminal.waitReadable();
    }
    ended = true;
    const error = new Error(`The terminal was closed. Its screen:\n${output}`);
    tty.reject(error);
    pid.reject(error);
    exit.reject(error);
    changed();
  }
  void readAll();

  async function writeAll(bytes: Buffer): Promise<void> {
    while (bytes.length > 0 && !closed) {
      bytes = bytes.subarray(terminal.writeNow(bytes));
      if (bytes.length > 0) await terminal.waitWritable();
    }
  }

  function find(expected: string | RegExp): number | undefined {
    if (typeof expected === "string") {
      const start = output.indexOf(expected, found);
      return start < 0 ? undefined : start + expected.length;
    }
    const match = new RegExp(
      expected.source,
      expected.flags.replaceAll(/[gy]/g, ""),
    ).exec(output.slice(found));
    return match ? found + match.index + match[0].length : undefined;
  }

  async function stty(...settings: readonly string[]): Promise<string> {
    const { stdout } = await new Deno.Command("sh", {
      args: [
        "-c",
        'tty=$1; shift; exec stty "$@" < "$tty"',
        "sh",
        await tty.promise,
        ...settings,
      ],
      stderr: "null",
    }).output();
    return new TextDecoder().decode(stdout).trim();
  }

  return {
    pid: pid.promise,
    get output() {
      return output;
    },
    write(text) {
      unwritten = unwritten.then(() => writeAll(Buffer.from(text)));
    },
    async waitFor(expected, timeoutMs = TIMEOUT_MS) {
      const timeout = Promise.withResolvers<"late">();
      const timer = setTimeout(() => timeout.resolve("late"), timeoutMs);
      try {
        for (;;) {
          const end = find(expected);
          if (end !== undefined) {
            const text = output.slice(found, end);
            found = end;
            return text;
          }
          const why = ended
            ? "the command ended"
            : await Promise.race([onChange.promise, timeout.promise]);
          if (why !== undefined) {
            const when = why === "late"
              ? `within ${timeoutMs} ms`
              : "before the command ended";
            throw new Error(
              `${expected} was not printed ${when}. The screen:\n${output}`,
            );
          }
        }
      } finally {
        clearTimeout(timer);
      }
    },
    resize: (columns, rows) => terminal.resize(columns, rows),
    async kill(signal) {
      Deno.kill(await pid.promise, signal);
    },
    sttyState: () => stty("-g"),
    setStty: async (...settings) => void await stty(...settings),
    close,
    exit: exit.promise,
  };
}
