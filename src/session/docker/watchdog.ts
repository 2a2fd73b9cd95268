import type { PortholeError } from "../../errors.ts";

/** A watchdog in the container for one command, over any transport. */
export interface ExecGuard {
  /** The words that show themselves to the watchdog, and then become the command. */
  wrap(words: readonly string[]): readonly string[];
  /** Ends everything in the command's session: politely, and after two seconds for good. */
  end(): Promise<void>;
  /**
   * Lets go: the command is over, and what it left running is nobody's business. Resolves with what is wrong with the
   * command's end, where the watchdog has not lived to see it.
   */
  release(): Promise<PortholeError | undefined>;
  /** Drops the line; the watchdog takes that for the end of porthole. */
  close(): Promise<void>;
}

/** The watchdog's commands, a line each; the end of its input means `end` too, and unknown lines are ignored. */
export type WatchdogWord = "end" | "quit";

/** What a watchdog says to \`quit\`: it was there until then, and the line to it. */
export const RELEASED = "released";

/** The warning when a command without a watchdog should end. */
export const NO_WATCHDOG =
  "The container has no sh, so the command cannot be stopped: it may keep running";

/**
 * The words of a watchdog that runs beside its command, in an exec of its own. It says its pid in one line, and reads
 * the rest of its life. `supervised`: the command's session has a supervisor, which is to say how the command ended.
 */
export function watchdogWords(
  { tty, supervised = false }: {
    readonly tty: boolean;
    readonly supervised?: boolean;
  },
): readonly string[] {
  const script = [
    `trap "" HUP INT QUIT TERM`,
    `exec 2>/dev/null`,
    `echo $$`,
    `while read -r w a; do case $w in session) s=$a;; end) break;; quit) echo ${RELEASED}; exit;; esac; done`,
    `[ "$s" ] || exit 1`,
    ...endSession("$1", supervised ? ["$s"] : []),
    // This shows its starter that the watchdog was not released.
    `exit 1`,
  ].join("\n");
  return ["sh", "-c", script, SHELL_NAME, firstSignal(tty)];
}

/** The words that run a command under the watchdog of that pid. */
export function watchedWords(
  pid: string,
  words: readonly string[],
): readonly string[] {
  return [
    "sh",
    "-c",
    `${ANNOUNCE}; shift; exec "$@"`,
    SHELL_NAME,
    pid,
    ...words,
  ];
}

/** How a command runs under a supervisor. */
export interface Supervision {
  /** Random for each command: the supervisor's own words carry it. */
  readonly nonce: string;
  /** The pid of the watchdog in an exec of its own; absent: the exec's stdin is what a watchdog of its own hears. */
  readonly watchdog?: string | undefined;
  readonly tty: boolean;
  /** Put stderr into stdout in the container: in one pipe everything keeps its order. */
  readonly merge: boolean;
}

/** The supervisor's words on each stream: the command starts now, and no more of its output comes. */
export const STARTED = "o";
/** See STARTED. */
export const ENDED = "z";
/** On stdout, before ENDED: a process that the command has left in the background may write more. */
export const LEFT_BEHIND = "b";

/**
 * The words that run a command under a supervisor, a shell that says on each stream when the command starts and when
 * it has ended: `RS nonce : word RS`, RS being byte 1e.
 *
 * Docker's streams end with the connection and nothing else, and a line that breaks may end just so. Only the
 * supervisor's last word shows that all of the output has come. The exit status still comes from Docker.
 *
 * Without a watchdog's pid, the command has no stdin, and the supervisor's own belongs to a watchdog that is its child.
 * The traps keep the supervisor alive through signals to its process group, and are none in the command. `(exec …)`
 * keeps the shell's builtins out of the way. The shell's own "Killed" goes nowhere: it is not output of the command.
 * What a container or `-e` exports as `n` is still the command's: the names of variables before it begin with "_".
 */
export function supervisedWords(
  { nonce, watchdog, tty, merge }: Supervision,
  words: readonly string[],
): readonly string[] {
  const alone = watchdog === undefined;
  const say = (word: string) => {
    const text = `printf "\\036$_n:${word}\\036"`;
    return tty || merge ? text : `${text}; ${text} >&4`;
  };
  const script = [
    ...(alone ? [] : [`${ANNOUNCE}; shift`]),
    `_n=$1; shift`,
    ...(merge ? [`exec 2>&1`] : []),
    ...(alone ? [`exec 3<&0`] : []),
    `exec 4>&2 2>/dev/null`,
    `trap : HUP INT QUIT TERM USR1 ALRM PIPE`,
    ...(alone ? [ownWatchdog(tty), `_w=$!`] : []),
    // Not before: a child that has not run yet takes USR2 with the trap it was born with, and goes on.
    `trap : USR2`,
    say(STARTED),
    `(exec "$@" 2>&4 4>&-${alone ? " 3<&- </dev/null" : ""})`,
    `s=$?`,
    ...(alone ? [`kill -USR2 $_w`, `wait $_w`] : []),
    // A terminal's end is told to all that have it. A process that has just begun may still put its output elsewhere.
    ...(tty ? [] : [
      LOOK_BEHIND,
      `l&&{ sleep 1;l&&printf "\\036$_n:${LEFT_BEHIND}\\036";}`,
    ]),
    // A terminal may stop those that write in the background.
    ...(tty ? [`trap "" TTOU`] : []),
    say(ENDED),
    `exit $s`,
  ].join("\n");
  return [
    "sh",
    "-c",
    script,
    SHELL_NAME,
    ...(alone ? [] : [watchdog]),
    nonce,
    ...words,
  ];
}

/**
 * Looks for a process that has the command's stdout or stderr for its own, once the command has ended: what it writes
 * comes late. dockerd sends it for two seconds more (moby's daemon/monitor.go), podman not at all. Both ends of a pipe
 * are one file, but nobody has the daemon's end as stdout or stderr.
 */
const LOOK_BEHIND =
  `l(){ for _f in /proc/[0-9]*/fd;do [ $_f = /proc/$$/fd ]&&continue;` +
  `for _i in $_f/1 $_f/2;do if [ $_i -ef /proc/$$/fd/1 ]||[ $_i -ef /proc/$$/fd/4 ];then return;fi;done;done;return 1;}`;

/** The shell's name for itself: it stands before its own messages, for example "not found". */
const SHELL_NAME = "porthole";

/**
 * Shows the command's pid to the watchdog whose pid is the first word: it writes it into the watchdog's stdin,
 * through /proc, before it becomes the command, and does not become it when the watchdog is gone. So at no moment
 * can a command run unwatched. A watchdog that is there but cannot be written to (a hardened /proc)
 * leaves the command unwatched.
 *
 * An exec is the leader of a session of its own (runc calls setsid), so the pid names all that the command starts,
 * but what leaves with setsid, as a daemon does.
 */
const ANNOUNCE = `{ echo session $$ >/proc/$1/fd/0; } 2>/dev/null || ` +
  `kill -0 $1 2>/dev/null || exit 125`;

/**
 * A supervisor's child that waits for the end of the line, or a word. USR2, which says that the command has ended, ends
 * it as well, from its first moment on (no shell may trap USR2 when it starts this one); once it has begun to end the
 * command, it looks at once who is left, and the supervisor waits for it.
 */
function ownWatchdog(tty: boolean): string {
  return [
    `( trap "" HUP INT QUIT TERM`,
    `while read -r w; do case $w in end) break;; esac; done`,
    `trap : USR2`,
    `read -r o l </proc/self/stat`,
    `s=$$`,
    ...endSession(
      firstSignal(tty),
      ["$s", "$o"],
      `sleep 1 & wait $!; kill -9 $!; wait $!`,
    ),
    `) <&3 >/dev/null 4>&- &`,
  ].join("\n");
}

/** What politely ends a shell on a terminal, and anything else. */
function firstSignal(tty: boolean): string {
  return tty ? "HUP" : "TERM";
}

/**
 * Signals all processes of session `$s` but the spared: the first signal, two seconds of patience, and KILL, twice for what
 * forked meanwhile. It uses nothing but the shell and /proc; where there is no `sleep` there is no patience.
 *
 * Of /proc/PID/stat, what stands behind the name's last parenthesis is: state, parent, group, session (proc(5)).
 */
function endSession(
  first: string,
  spared: readonly string[],
  pause = "sleep 1",
): string[] {
  const isMeant = [`[ "$4" = $s ]`, ...spared.map((pid) => `[ $i != ${pid} ]`)]
    .join(" && ");
  return [
    `m() { p=; for f in /proc/[0-9]*/stat; do read -r l <$f || continue; i=\${l%% *}; set -- \${l##*) }; ` +
    `${isMeant} && [ $1 != Z ] && p="$p $i"; done; [ "$p" ]; }`,
    `for k in ${first} 0 KILL KILL; do m || break; kill -$k $p; kill -CONT $p; ${pause}; done`,
  ];
}
