import type { Deps } from "../deps.ts";

/**
 * Whether porthole was started with HUP ignored, as nohup does. It must be asked before anybody
 * listens to any signal: Deno then catches HUP too.
 *
 * nohup leaves no output on a terminal, so where there is one the answer is no. Deno may not read
 * /proc/self/status, and there is none on macOS; but a child inherits what is ignored, and this one
 * lives or dies by it.
 */
export async function isHangupIgnored(
  { platform, stdout, stderr, spawn }: Pick<
    Deps,
    "platform" | "stdout" | "stderr" | "spawn"
  >,
): Promise<boolean> {
  if (platform === "windows" || stdout.isTerminal || stderr.isTerminal) {
    return false;
  }
  try {
    const { signal } = await spawn({
      command: "sh",
      args: ["-c", "kill -HUP $$"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).exit;
    return signal !== "SIGHUP";
  } catch {
    // Without a shell to ask, a session that outlives porthole is better than one that nohup does not keep.
    return true;
  }
}
