import { quoteCommand } from "./quote_command.ts";
import { CARRIED_VARIABLE } from "./variables.ts";

/** How the command is wanted to run. */
export interface WrapOptions {
  readonly interactive: boolean;
  /** Stream our stdin to the command; without it the command reads an empty one. */
  readonly stdin: boolean;
  /** Send output as base64 where the container can, so that every byte survives. */
  readonly binary: boolean;
  /** Keep stderr apart, where the container has base64. Costs: see `help exec`. */
  readonly splitStderr?: boolean;
  /** The words are `docker exec`: its reports of a command that cannot start are not output. */
  readonly onDockerHost?: boolean;
}

/** What only the two ends of a session know of each other, random for each. */
export interface SessionKeys {
  /** Part of the command, so every user of the container can read it: it only announces the wrapper. */
  readonly nonce: string;
  /** Hexadecimal digits, sent once the wrapper is ready. All that it says then carries them. */
  readonly secret: string;
}

/**
 * The version of all that wrapper and client say to each other. Where one end writes the wrapper and another speaks
 * with it they must mean the same: any change of its words is a new version.
 */
export const WRAPPER_VERSION = 3;

/** What somebody else has put around a command, as far as speaking with it needs it. */
export interface Wrapper {
  readonly version: number;
  readonly nonce: string;
  readonly options: Omit<WrapOptions, "onDockerHost"> & {
    /** How many variables it waits for behind the secret. */
    readonly variables: number;
  };
}

/** A command ready for ExecuteCommand, and what its wrapper will hear and say. */
export interface WrappedCommand extends SessionKeys {
  /** The text for ExecuteCommand. */
  readonly command: string;
  /** A shell text that sets variables for the command, sent behind the secret; empty where there are none. */
  readonly variables: string;
  readonly options: WrapOptions;
}

/** Makes the keys of one session. */
export function createSessionKeys(): SessionKeys {
  const hex = () => crypto.randomUUID().replaceAll("-", "");
  return { nonce: hex().slice(0, 16), secret: hex() };
}

/** Enough digits of the secret that no other text begins so, and few enough to stand before each line. */
const MARK_LENGTH = 6;

/** What stands behind RS before each line of encoded output. */
export function markOf(
  { secret }: Pick<SessionKeys, "secret">,
): string {
  return secret.slice(0, MARK_LENGTH);
}

/** The shell's name for itself: it stands before its own messages, for example "not found". */
const SHELL_NAME = "porthole";

/**
 * Puts words behind a small POSIX shell script that works in dash, bash and busybox.
 *
 * The script says its words as `RS key : word RS` (RS is byte 1e). The first carries the nonce: `r…`, it
 * is ready, and what the container has (`s` stty, `b` base64, `d` dd, `u` uniq). Then it waits for the
 * lines of `answerReady`, and its words carry the secret that came in them: `o` and its pid, the command
 * starts; a number, its exit status; `z`, stderr is through, where that is apart; `i`, our input did
 * not arrive as it was sent; once the command has ended `u`, none of it had reached it, or `w` and how
 * many bytes it has left. A word that ends an encoded stream is filled up with `=` ({@linkcode encoder} says why).
 *
 * The secret lives in a shell variable, and all that prints it is built into the shells: no other user
 * of the container can read it, as everyone can read the words of a command. The names of variables
 * begin with "_": a variable that the container exports would be exported to the command with what the
 * wrapper has put into it. It waits for us also
 * because the agent loses the output of a command that ends before the client has joined.
 *
 * The remote side is a pty. `stty` makes it byte-clean and keeps ISIG, so that byte 03 still
 * interrupts. All of the wrapper ignores the signals that a terminal sends, and those that a command
 * may send to its group with `kill 0`; the command itself gets them as usual. `(exec …)` keeps the
 * shell's own builtins out of the way. The shell's own "Killed" goes nowhere: it is no output of the
 * command.
 */
export function wrapCommand(
  words: readonly string[],
  options: WrapOptions,
  keys: SessionKeys,
  variables = "",
): WrappedCommand {
  const carries = variables !== "";
  const script = [
    `_n=${keys.nonce}`,
    `_t="${SIGNALS}"`,
    `y(){ printf "\\036$_n:$1\\036"; }`,
    ...(options.interactive
      ? interactiveScript(carries)
      : batchScript(options, carries)),
  ].join(";");
  return {
    ...keys,
    command: quoteCommand(["sh", "-c", script, SHELL_NAME, ...words]),
    variables,
    options,
  };
}

/** The words of a shell line, for the container's own `sh`. */
export function wordsOfLine(line: string): readonly string[] {
  return ["sh", "-c", line];
}

/** The words of an interactive shell where none is named: bash if there, else sh. */
export function interactiveShell(): readonly string[] {
  return ["sh", "-c", "command -v bash >/dev/null && exec bash; exec sh"];
}

/** HUP, INT, QUIT, USR1, USR2, ALRM and TERM. */
const SIGNALS = "1 2 3 10 12 14 15";
const IGNORE_SIGNALS = `trap "" $_t`;

/** A program whose status the wrapper reports. */
function runCommand(carries: boolean, redirections = ""): string {
  const carry = carries ? `export ${CARRIED_VARIABLE}="$(printf "$_v")";` : "";
  return `(trap - $_t;${carry}exec "$@"${redirections})`;
}

/**
 * Hears the lines of `answerReady`: mark and secret, the variables, and an empty one to go on. A line
 * that comes twice in a row is one that the agent wrote twice.
 */
function hearAnswer(carries: boolean): readonly string[] {
  const line = carries ? `[ "$_l" = "$_p" ]||_v=$_v\${_l#?};_p=$_l` : ":";
  return [
    `read -r _m _n`,
    ...(carries ? [`_p="$_m $_n"`] : []),
    `while read -r _l&&[ "$_l" ];do ${line};done`,
  ];
}

function interactiveScript(carries: boolean): readonly string[] {
  return [
    `stty -echo 2>/dev/null&&_s=s`,
    `y r$_s`,
    ...hearAnswer(carries),
    `[ "$_s" ]&&stty echo`,
    IGNORE_SIGNALS,
    `y o$$`,
    runCommand(carries),
    `y $?`,
  ];
}

function batchScript(
  { stdin, binary, splitStderr = false }: WrapOptions,
  carries: boolean,
): readonly string[] {
  const input = stdin ? " 6<&- 7<&- 8<&-" : " </dev/null";
  const run = stdin ? `p "$@"` : `r "$@"`;
  const encoded = splitStderr
    ? `{ { ${run} 2>&1 >&5 5>&- 4>&-|e 2 >&4;} 5>&1|e 1;} 4>&1`
    : `${run} 2>&1|e 1`;
  return [
    `r(){ exec 3>&2 2>/dev/null;${
      runCommand(carries, ` 2>&3 3>&-${input}`)
    };y $?=====;${splitStderr ? "y z=====>&3;" : ""}}`,
    ...(stdin
      ? [FEED, COUNT_LEFT, `p(){ { f 2>/dev/null<&7&}|{ r "$@";k;};}`]
      : []),
    ...(binary || splitStderr ? [encoder()] : []),
    `stty -echo -opost noflsh 2>/dev/null&&_s=s`,
    ...(stdin ? [`exec 7<&0`, NOTES, `_g=$(stty -g 2>/dev/null)`] : []),
    `h(){ command -v $1>/dev/null;}`,
    `h base64&&{ _b=b;h dd&&_d=d;h uniq&&_u=u;}`,
    `y r$_s$_b$_d$_u`,
    ...hearAnswer(carries),
    IGNORE_SIGNALS,
    `y o$$`,
    binary || splitStderr ? `if [ "$_d" ];then ${encoded};else ${run};fi` : run,
  ];
}

/**
 * Reads our input from the terminal: lines that `encode_input.ts` makes, in such an order that a line
 * which the agent writes twice changes nothing. An empty line opens a batch of base64, which byte 04
 * ends, and `e` ends the input; where base64 or uniq is missing, each line is one of escapes for printf,
 * behind a digit that changes. Where the terminal says back what it hears there is no input but its end:
 * byte 04, which it does not say back.
 *
 * What changes the terminal's modes, or takes it over, may change or take our input: that is said, and
 * the command must not see an end of its input then before it is ended itself.
 */
const FEED = `c(){ [ "$(stty -g<&7)" = "$_g" ];};` +
  `f(){ { while sleep 1;do c||{ y i;break;};done;} >&7& _w=$!;_p=;` +
  `until [ "$_z" = xxx ];do if read -r _l;then _z=;case $_l in ` +
  `e) kill -9 $_w;c&&exit;_z=xxx;;` +
  `*) read -r _j <&6;case $_l in ` +
  `"") [ "$_u" ]&&uniq|base64 -d;;` +
  `*) [ "$_u" ]||[ "$_l" = "$_p" ]||printf "\${_l#?}";_p=$_l;;` +
  `esac;read -r _j <&8;;esac;else [ "$_s" ]||exit;_z=x$_z;fi;done;y i >&7&&sleep 9;}`;

/**
 * What the feeder and the counter know of each other, for two processes of a shell share nothing but
 * open files, and the place in them: a file of one line, so that only the first `read` of it succeeds.
 * The feeder reads one before the first of the input goes into the command's pipe (6), and one when the
 * first batch is through (8).
 */
const NOTES = `_a=/proc/version;[ -r $_a ]&&exec 6<$_a 8<$_a||_a=`;

/** How long the mark is that {@linkcode COUNT_LEFT} puts into the command's pipe. */
const MARK_IN_PIPE = 37;

/**
 * Counts what the command has left of its input, once it has ended: with what the feeder still brings,
 * for only the whole of it can be compared with what was sent.
 *
 * Nobody waits where there is nothing to count, or where the feeder hears no end any more, since the
 * command has changed the terminal. A look into an empty pipe would wait for a producer of
 * ours that says nothing, so a mark is put into it, by a process of its own, since a full pipe makes its
 * writer wait. One read takes all that a pipe holds.
 */
const COUNT_LEFT = `k(){ [ "$_a" ]||return;` +
  `if read -r _j <&6;then y u >&7;elif read -r _j <&8;then c&&y w$(wc -c) >&7;` +
  `else exec 9>/proc/self/fd/0||exit;printf %${MARK_IN_PIPE}s >&9& exec 9>&-;` +
  `_j=$(dd bs=1048576 count=1|wc -c)&&[ $_j -gt ${MARK_IN_PIPE} ]&&c&&` +
  `y w$((_j-${MARK_IN_PIPE}+$(wc -c))) >&7;fi;}`;

/**
 * base64 itself says nothing until its input ends, so it is given one read's worth at a time. Each
 * line of ours is written in one piece in every shell; it begins with the mark, a digit that says whose
 * it is, and its length, so that whatever else is written to the terminal is told from it.
 *
 * A process that goes on in the background may keep the stream open: the encoder ends with the word
 * that ends the stream. It is looked for only where the base64 of three equal signs is.
 */
function encoder(): string {
  return `e(){ _i=$1;while _c=$(dd bs=65536 count=1|base64)&&[ "$_c" ];do set -- $_c;` +
    `while [ "$1" ];do _l=$1$2$3$4$5$6$7$8$9;printf "\\036$_m$_i\${#_l}:%s\\n" $_l;` +
    `[ $# -gt 9 ]&&shift 9||set --;done;` +
    `case $_c in *PT09*) case $(echo "$_c"|base64 -d) in *"$_n:"*) break;;esac;;esac;done;} 2>/dev/null`;
}
