import type { Deps } from "../deps.ts";

/**
 * Whether a terminal controls this process, and it is in the foreground there: in the background, a process that
 * reads the terminal is stopped. A shell looks, for a compiled program may open neither /dev/tty nor /proc.
 * What a shell says of its process group is true of porthole's, which is the same.
 *
 * With a word, standard input is a terminal: without one that controls this process, nobody is stopped.
 */
const LOOK = `[ $# -gt 0 ] || exec 3</dev/tty || exit 1
if read -r stat </proc/self/stat; then
  set -- $stat
  set -- "$5" "$8"
else
  set -- $(ps -o pgid= -o tpgid= -p $$)
fi
[ -n "$2" ] && { [ "$1" = "$2" ] || [ "$2" -le 0 ]; }`;

/** Whether a person at the terminal can answer. On Windows only standard input reaches the keyboard. */
export async function canAskTerminal(
  { platform, spawn, stdin }: Pick<Deps, "platform" | "spawn" | "stdin">,
): Promise<boolean> {
  if (platform === "windows") return stdin.isTerminal;
  try {
    const { code } = await spawn({
      command: "sh",
      args: ["-c", LOOK, "sh", ...(stdin.isTerminal ? ["stdin"] : [])],
      stdin: "null",
      stdout: "null",
      stderr: "null",
      tied: true,
    }).exit;
    return code === 0;
  } catch {
    // Without sh there are no jobs in the background, nor a way to ask but standard input.
    return stdin.isTerminal;
  }
}
