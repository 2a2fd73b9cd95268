import { spawn } from "@lydell/node-pty";

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
  /** Closes the terminal under the command, as when its window is closed. */
  close(): void;
  readonly exit: Promise<PtyExit>;
}

// A shell of our own stands around the command: it outlives it, so that the
// terminal can still be asked for its settings. It says what it knows between
// bytes that nobody else prints. The traps keep it alive when a key interrupts
// the command. At its end it waits to be hung up on: node-pty gives the last
// output of a process that has ended 200 ms, and no more.
const AROUND = `
trap : INT QUIT TSTP TERM
trap gone=yes HUP
before=$(stty -g)
sh -c 'printf "\\036pid %s\\036" $$; exec "$@"' sh "$@"
code=$?
printf '\\036exit %s %s %s\\036' "$code" "$before" "$(stty -g)"
trap - INT QUIT TSTP TERM HUP
[ "$gone" ] || exec sleep 60
`;

const TIMEOUT_MS = 20_000;

/** Runs a command in a terminal of its own. */
export function openPty(options: PtyOptions): Pty {
  const terminal = spawn("sh", [
    "-c",
    AROUND,
    "sh",
    options.command,
    ...(options.args ?? []),
  ], {
    cols: options.columns ?? 80,
    rows: options.rows ?? 24,
    cwd: options.cwd ?? Deno.cwd(),
    env: { TERM: "xterm-256color", ...(options.env ?? Deno.env.toObject()) },
    encoding: null,
  });

  const decoder = new TextDecoder();
  const pid = Promise.withResolvers<number>();
  const exit = Promise.withResolvers<PtyExit>();
  // Not everybody asks.
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
  const said = /\x1e(pid|exit) ([^\x1e]*)\x1e/;
  // deno-lint-ignore no-control-regex
  const beginsToSay = /\x1e(p(id?)?|e(x(it?)?)?|(pid|exit) [^\x1e]*)?$/;
  function take(text: string): void {
    raw += text;
    for (let note = said.exec(raw); note; note = said.exec(raw)) {
      output += raw.slice(0, note.index);
      raw = raw.slice(note.index + note[0].length);
      const [first = "", second = "", third = ""] = (note[2] ?? "").split(" ");
      if (note[1] === "pid") pid.resolve(Number(first));
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

  // With encoding null these are bytes, whatever the types say.
  terminal.onData((data) =>
    take(decoder.decode(data as unknown as Uint8Array, { stream: true }))
  );
  terminal.onExit(() => {
    ended = true;
    const error = new Error(`The terminal was closed. Its screen:\n${output}`);
    pid.reject(error);
    exit.reject(error);
    changed();
  });

  function close(): void {
    (terminal as unknown as { destroy(): void }).destroy();
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

  return {
    pid: pid.promise,
    get output() {
      return output;
    },
    write: (text) => terminal.write(text),
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
    async sttyState() {
      const { stdout } = await new Deno.Command("sh", {
        args: [
          "-c",
          'exec stty -g < "$1"',
          "sh",
          (terminal as unknown as { ptsName: string }).ptsName,
        ],
        stderr: "null",
      }).output();
      return new TextDecoder().decode(stdout).trim();
    },
    close,
    exit: exit.promise,
  };
}
