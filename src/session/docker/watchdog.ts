/** A watchdog in the container for one command, whatever carries what it is told. */
export interface ExecGuard {
  /** The words that show themselves to the watchdog, and then become the command. */
  wrap(words: readonly string[]): readonly string[];
  /** Ends everything in the command's session: politely, and after two seconds for good. */
  end(): Promise<void>;
  /** Lets go: the command is over, and what it left running is nobody's business. */
  release(): Promise<void>;
  /** Drops the line; the watchdog takes that for the end of porthole. */
  close(): Promise<void>;
}

/** What a watchdog is told, a line each; the end of its input is `end` too, and what it does not know is nothing. */
export type WatchdogWord = "end" | "quit";

/** What the user is told when a command is to end that has none. */
export const NO_WATCHDOG =
  "The container has no sh that could end the command: it may go on running";

/** The words of the watchdog itself. It says its pid in one line, and reads the rest of its life. */
export function watchdogWords(
  { tty }: { readonly tty: boolean },
): readonly string[] {
  return ["sh", "-c", WATCH, SHELL_NAME, tty ? "HUP" : "TERM"];
}

/** The words that run a command under the watchdog of that pid. */
export function watchedWords(
  pid: string,
  words: readonly string[],
): readonly string[] {
  return ["sh", "-c", ANNOUNCE, SHELL_NAME, pid, ...words];
}

/** The shell's name for itself: it stands before its own messages, such as "not found". */
const SHELL_NAME = "porthole";

/**
 * Shows the command's pid to the watchdog whose pid is the first word: it writes it into the watchdog's stdin,
 * through /proc, before it becomes the command, and does not become it when the watchdog is gone. So at no moment
 * can a command run that nobody watches. A watchdog that is there but cannot be written to (a hardened /proc)
 * leaves the command unwatched.
 *
 * An exec is the leader of a session of its own (runc calls setsid), so the pid names all that the command starts,
 * but what leaves with setsid, as a daemon does.
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
