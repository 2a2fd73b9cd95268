import { setTimeout as sleep } from "node:timers/promises";

/**
 * Kills every process that carries the directory in its environment: all that
 * a sandbox's containers have started, however it was detached. Needs /proc;
 * without it, closing the ptys has to do.
 */
export async function killProcessesOf(directory: string): Promise<void> {
  for (let round = 0; round < 50; round++) {
    const found = findProcessesOf(directory);
    if (found.length === 0) return;
    for (const pid of found) {
      try {
        Deno.kill(pid, "SIGKILL");
      } catch {
        // It has ended meanwhile.
      }
    }
    await sleep(5);
  }
}

/** Finds the processes whose environment names the directory. */
export function findProcessesOf(directory: string): readonly number[] {
  if (Deno.build.os !== "linux") return [];
  const found: number[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === Deno.pid) continue;
    try {
      const environment = Deno.readTextFileSync(`/proc/${pid}/environ`);
      if (
        environment.split("\0").some((one) =>
          one.startsWith(`HOME=${directory}/`)
        )
      ) {
        found.push(pid);
      }
    } catch {
      // It has ended, or is not ours to look into.
    }
  }
  return found;
}
