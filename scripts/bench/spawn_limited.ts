/** How long anything may take; a peer may wait for what never comes. */
export const LIMIT_MS = 120_000;

/**
 * Starts a program that is killed, with all that it has started, when it has not ended within the limit: also when it
 * ignores signals, or when a child of it keeps its output open.
 */
export function spawnLimited(
  command: string,
  options: Omit<Deno.CommandOptions, "signal" | "detached">,
  limitMs: number = LIMIT_MS,
): Deno.ChildProcess {
  const child = new Deno.Command(command, {
    ...options,
    // The leader of a process group, which is what is killed.
    detached: true,
  }).spawn();
  const timer = setTimeout(() => killGroup(child.pid), limitMs);
  void child.status.finally(() => {
    clearTimeout(timer);
    // What outlives it would keep the reader of its output waiting.
    killGroup(child.pid);
  });
  return child;
}

/** Runs such a program to its end, without an input; the result is its output. */
export async function readLimited(
  command: string,
  options: Omit<Deno.CommandOptions, "signal" | "detached" | "stdin">,
  limitMs: number = LIMIT_MS,
): Promise<{ readonly success: boolean; readonly text: string }> {
  const child = spawnLimited(command, {
    stderr: "null",
    ...options,
    stdin: "null",
    stdout: "piped",
  }, limitMs);
  const text = await new Response(child.stdout).text();
  return { success: (await child.status).success, text };
}

function killGroup(leader: number): void {
  try {
    Deno.kill(-leader, "SIGKILL");
  } catch {
    // All of it has ended.
  }
}
