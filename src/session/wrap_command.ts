import { quoteCommand } from "./quote_command.ts";

/** How the command is wanted to run. */
export interface WrapOptions {
  readonly interactive: boolean;
  /** Stream our stdin to the command; without it the command reads an empty one. */
  readonly stdin: boolean;
  /** Send output as base64 where the container can, so that every byte survives. */
  readonly binary: boolean;
  /** Keep stderr apart, where the container has base64. Costs: see `help exec`. */
  readonly splitStderr?: boolean;
  /** The words are `docker exec`: what it reports of a command that cannot start is no output. */
  readonly onDockerHost?: boolean;
}

/** A command ready for ExecuteCommand, and what its wrapper will say. */
export interface WrappedCommand {
  /** The text for ExecuteCommand. */
  readonly command: string;
  /** Random per session; the wrapper's own words carry it. */
  readonly nonce: string;
  readonly options: WrapOptions;
}

/** The shell's name for itself: it stands before its own messages, such as "not found". */
const SHELL_NAME = "porthole";

/**
 * Puts words behind a small POSIX shell script that works in dash, bash and busybox.
 *
 * The script says three things, each `RS nonce : word RS` (RS is byte 1e):
 * `r…` it is ready, and what the container has (`s` stty, `b` base64 and dd); `o` the command starts;
 * a number: its exit status (with stderr apart a `z` follows, when both streams are through). It starts
 * the command only after a line from us, because the agent loses the output of a command that ends
 * before the client has joined.
 *
 * The remote side is a pty. `stty` makes it byte-clean and keeps ISIG, so that byte 03 still
 * interrupts; the traps keep the script alive to report the status. `(exec …)` keeps the shell's
 * own builtins out of the way. The shell's own "Killed" goes nowhere: it is no output of the command.
 */
export function wrapCommand(
  words: readonly string[],
  options: WrapOptions,
  nonce: string,
): WrappedCommand {
  const script = options.interactive
    ? interactiveScript(nonce)
    : batchScript(nonce, options);
  return {
    command: quoteCommand(["sh", "-c", script, SHELL_NAME, ...words]),
    nonce,
    options,
  };
}

/**
 * Puts words behind the part of the script that a client which only passes bytes can use: a terminal
 * made byte-clean, and an empty stdin. Nothing waits, and the status stays unknown.
 */
export function wrapForPlugin(words: readonly string[]): string {
  const script = `stty -echo -opost noflsh 2>/dev/null; exec "$@" </dev/null`;
  return quoteCommand(["sh", "-c", script, SHELL_NAME, ...words]);
}

/** The words of a shell line, for the container's own `sh`. */
export function shellLine(line: string): readonly string[] {
  return ["sh", "-c", line];
}

/** The words of an interactive shell where none is named: bash if there, else sh. */
export function interactiveShell(): readonly string[] {
  return ["sh", "-c", "command -v bash >/dev/null && exec bash; exec sh"];
}

function interactiveScript(nonce: string): string {
  return [
    `n=${nonce}`,
    say("r"),
    "read -r _",
    "trap : INT QUIT",
    say("o"),
    `(exec "$@")`,
    say("%d", "$?"),
  ].join("; ");
}

function batchScript(nonce: string, options: WrapOptions): string {
  const input = options.stdin ? "" : " </dev/null";
  const parts = [
    `n=${nonce}`,
    `r(){ trap : INT QUIT; exec 3>&2 2>/dev/null; (exec "$@" 2>&3 3>&-${input}); ${
      say("%d", "$?")
    }; }`,
    ...(options.stdin
      ? [FEED, `p(){ f 2>/dev/null | { r "$@"; cat >/dev/null; }; }`]
      : []),
    ...(options.binary || options.splitStderr
      ? [encoder(options.splitStderr === true)]
      : []),
    "stty -echo -opost noflsh 2>/dev/null && s=s",
    "command -v base64 >/dev/null && command -v dd >/dev/null && b=b",
    say("r$s$b"),
    "read -r _",
    "trap : INT QUIT",
    say("o"),
  ];
  const run = options.stdin ? `p "$@"` : `r "$@"`;
  const encoded = options.splitStderr
    ? `{ { ${run} 2>&1 >&5 5>&- 4>&- | e 2 >&4 5>&-; } 5>&1 | e 1; } 4>&1; ${
      say("z")
    }`
    : options.binary
    ? `${run} 2>&1 | e`
    : undefined;
  const last = encoded === undefined
    ? run
    : `if [ "$b" ]; then ${encoded}; else ${run}; fi`;
  return [...parts, last].join("; ");
}

function say(word: string, argument = ""): string {
  return `printf "\\036$n:${word}\\036"${
    argument === "" ? "" : ` ${argument}`
  }`;
}

/**
 * Input arrives in canonical lines, each batch ended by byte 04: a line that announces it, then
 * base64; ending the decoder with each batch is what lets a slow producer's lines through at once.
 * Without base64, lines of octal escapes for the shell's own printf.
 */
const FEED = `f(){ if [ "$b" ]; then while read -r _; do base64 -d; done; ` +
  `else while IFS= read -r l; do printf "$l"; done; fi; }`;

/**
 * base64 itself says nothing until its input ends, so it is given one read's worth at a time. Where
 * two encoders share the terminal, each line is printed by itself, in one piece in every shell, and
 * a digit before it says whose it is.
 */
function encoder(shared: boolean): string {
  const print = shared
    ? `for l in $c; do printf "$1%s\\n" $l; done`
    : `printf "%s\\n" "$c"`;
  return `e(){ trap "" INT QUIT; while c=$(dd bs=24576 count=1 2>/dev/null | base64) && ` +
    `[ "$c" ]; do ${print}; done; }`;
}
