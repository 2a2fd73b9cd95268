import { portholePath } from "./measure_start.ts";
import type { Measurement } from "./measures.ts";
import { readMemory } from "./measure_output.ts";
import type { BenchSandbox } from "./start_bench_sandbox.ts";
import { tellTimes } from "./tell_times.ts";
import { timeKeys } from "./time_keys.ts";

const KEYS = 400;

/** How long keys take to come back in an interactive session, and the memory of one in which none comes. */
export function planKeys(
  { env }: BenchSandbox,
  /** PATH, where session-manager-plugin is in it. */
  pluginPath: string | undefined,
): Measurement[] {
  const around = (session: string) => [
    ...[portholePath, "exec", "-q", "-it", "--session", session],
    ...["worker", "--"],
  ];
  return [
    {
      program: "porthole",
      everyTurn: 5,
      run: async () => {
        // The remote terminal echoes each key; the local one does in the runs without porthole.
        const through = await timeKeys({
          around: around("builtin"),
          env,
          keys: KEYS,
          readMemory: (pid) => readMemory(`${pid}`, "VmRSS"),
        });
        const alone = await timeKeys({ around: [], env, keys: KEYS });
        return [
          ...tellTimes("echo", through.whole),
          ...tellTimes("echo_own", through.own),
          ...tellTimes("echo_terminal", alone.whole),
          ...(through.memory === undefined
            ? []
            : [{ measure: "memory_resting" as const, value: through.memory }]),
        ];
      },
    },
    ...(pluginPath === undefined ? [] : [{
      program: "session-manager-plugin",
      everyTurn: 5,
      run: async () => {
        // porthole only starts it: the terminal is the plugin's.
        const through = await timeKeys({
          around: around("plugin"),
          env: { ...env, PATH: pluginPath },
          keys: KEYS,
        });
        return tellTimes("echo", through.whole);
      },
    }]),
  ];
}
