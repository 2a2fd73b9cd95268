import { portholePath } from "./measure_start.ts";
import type { Figure, MeasureName } from "./measures.ts";
import { readMemory } from "./measure_output.ts";
import { spawnLimited } from "./spawn_limited.ts";

/** How often the memory is looked at. */
const LOOK_MS = 20;

/** What a run of porthole has printed, and what it took. */
export interface WatchedRun {
  readonly text: string;
  /** From the start to the end of the output. */
  readonly ms: number;
  /** Its peak memory as a figure of this name; none where the system does not tell. */
  peakAs(measure: MeasureName): readonly Figure[];
}

/** Runs porthole without an input and watches its memory; with `endAfterMs` it is interrupted then. */
export async function runWatched(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { endAfterMs }: { readonly endAfterMs?: number } = {},
): Promise<WatchedRun> {
  const start = performance.now();
  const child = spawnLimited(portholePath, {
    args: [...args],
    cwd: "/",
    clearEnv: true,
    env: { ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  });
  let peak: number | undefined;
  const watch = setInterval(
    () => peak = readMemory(`${child.pid}`, "VmHWM") ?? peak,
    LOOK_MS,
  );
  const end = endAfterMs === undefined
    ? undefined
    : setTimeout(() => child.kill("SIGINT"), endAfterMs);
  try {
    const text = await new Response(child.stdout).text();
    const ms = performance.now() - start;
    await child.status;
    return {
      text,
      ms,
      peakAs: (measure) => peak === undefined ? [] : [{ measure, value: peak }],
    };
  } finally {
    clearInterval(watch);
    clearTimeout(end);
  }
}
