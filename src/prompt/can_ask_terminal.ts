import type { Deps } from "../deps.ts";

/**
 * Whether a terminal controls this process, and it is in the foreground there: in the background, whoever
 * reads the terminal is stopped. A shell looks, for a compiled program may open neither /dev/tty nor /proc.
 * What a shell says of its process group is true of porthole's, which is the same.
 */
const LOOK = `exec 3</dev/tty || exit 1
if read -r stat </proc/self/stat; then
  set -- $stat
  [ "$5" = "$8" ]
else
  set -- $(ps -o pgid= -o tpgid= -p $$)
  [ -n "$1" ] && [ "$1" = "$2" ]
fi`;

/** Whether `askTerminal` would get an answer. On Windows only standard input reaches the keyboard. */
export async function canAskTerminal(
  { platform, spawn }: Pick<Deps, "platform" | "spawn">,
): Promise<boolean> {
  if (platform === "windows") return false;
  try {
    const { code } = await spawn({
      command: "sh",
      args: ["-c", LOOK],
      stdin: "null",
      stdout: "null",
      stderr: "null",
      tied: true,
    }).exit;
    return code === 0;
  } catch {
    // Without sh the question cannot be asked either.
    return false;
  }
}
