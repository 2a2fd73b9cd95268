import { spawnLimited } from "./spawn_limited.ts";

/** A program, what it is told, and its whole environment. */
export interface ProgramCall {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a program with an input that is open and silent, and nothing of the user's. */
export function startProgram(
  { command, args, env }: ProgramCall,
  stdout: "piped" | "null" = "null",
): Deno.ChildProcess {
  return spawnLimited(command, {
    args: [...args],
    // No folder of the project's, so that no configuration is found.
    cwd: "/",
    clearEnv: true,
    env: { HOME: "/nonexistent", ...env },
    // session-manager-plugin ends at an input that has ended.
    stdin: "piped",
    stdout,
    stderr: "null",
  });
}

/** Runs a program to its end and returns how long it took, in milliseconds; fails when it does. */
export async function timeProgram(call: ProgramCall): Promise<number> {
  const start = performance.now();
  const child = startProgram(call);
  const { success, code, signal } = await child.status;
  const value = performance.now() - start;
  await child.stdin.close().catch(() => {});
  if (!success) {
    throw new Error(
      `Cannot time ${call.command} ${call.args[0]}: ${
        signal ?? `status ${code}`
      }`,
    );
  }
  return value;
}
