import type { Deps } from "../deps.ts";

type RawDeps = Pick<Deps, "platform" | "stdin" | "spawn" | "onSignal">;

/**
 * Runs `body` with the terminal raw: keys arrive as bytes, and bytes reach the screen unchanged.
 *
 * The terminal is as it was before, whether `body` returns or throws. A signal that kills porthole restores nothing: whoever
 * calls this listens for TERM and HUP. After a stop and a `fg` it is made raw again: a shell takes it back meanwhile.
 */
export async function withRawTerminal<T>(
  deps: RawDeps,
  body: () => Promise<T>,
): Promise<T> {
  deps.stdin.setRaw(true);
  let passing = passOutputUnchanged(deps);
  const stopListening = deps.onSignal("SIGCONT", () => {
    setRaw(deps, true);
    passing = passing.then(() => passOutputUnchanged(deps));
  });
  try {
    return await body();
  } finally {
    stopListening();
    // It must not come after the terminal is restored.
    await passing;
    setRaw(deps, false);
  }
}

function setRaw({ stdin }: RawDeps, raw: boolean): void {
  try {
    stdin.setRaw(raw);
  } catch {
    // The terminal has gone, as after a hang-up.
  }
}

/**
 * Deno's raw mode leaves output processing on: a line feed would also return the cursor to column one, which the remote's
 * own terminal has already done where it was wanted. Without `stty` the picture of a full-screen program may suffer, no more.
 */
async function passOutputUnchanged(deps: RawDeps): Promise<void> {
  if (deps.platform === "windows") return;
  try {
    await deps.spawn({
      command: "stty",
      args: ["-opost"],
      stdin: "inherit",
      stdout: "null",
      stderr: "null",
    }).exit;
  } catch {
    // No stty here.
  }
}
