import type { Measurement } from "./measures.ts";
import { runWatched } from "./run_watched.ts";
import type { BenchSandbox } from "./start_bench_sandbox.ts";

const TASKS = 20;
const A_SECOND = 50;
const LATE_MS = 5_000;
/** More than the late lines need, and long enough for looks far back. */
const FOLLOWED_MS = 30_000;

/** What `worker` must write in the sandbox. */
export const manyLogs = [
  ...["--tasks", `worker=${TASKS}`],
  ...["--log-lines", `${A_SECOND}`],
  ...["--log-late", `${LATE_MS}`],
  // Before the first answer.
  ...["--throttle", "3"],
];

/** How many lines a second are shown while they are written, and how much memory that takes; none may be lost. */
export function planLogs(sandbox: BenchSandbox): Measurement {
  return {
    program: "porthole",
    everyTurn: 5,
    run: async () => {
      const { text, ms, peakAs } = await runWatched(
        ["logs", "worker", "-f", "-q", "--color", "never"],
        sandbox.env,
        { endAfterMs: FOLLOWED_MS },
      );
      return [
        { measure: "logs", value: countLines(text) / ms * 1_000 },
        ...peakAs("memory_logs"),
      ];
    },
  };
}

/** @throws {Error} where a line came twice, or is missing between others. */
function countLines(text: string): number {
  const lines = [...text.matchAll(/^(\w{12}) \| worker line (\d+)$/gm)];
  const tasks = Map.groupBy(lines, ([, id]) => id);
  if (tasks.size !== TASKS) {
    throw new Error(`Cannot measure logs: ${tasks.size} tasks have lines`);
  }
  // The last of the late ones had no time to come.
  const pending = (LATE_MS / 1_000 + 3) * A_SECOND;
  for (const [id, ofTask] of tasks) {
    const numbers = ofTask.map(([, , number]) => Number(number));
    const seen = new Set(numbers);
    if (seen.size !== numbers.length) {
      throw new Error(`Cannot measure logs: a line of ${id} came twice`);
    }
    const last = Math.max(...numbers) - pending;
    for (let number = Math.min(...numbers); number <= last; number++) {
      if (!seen.has(number)) {
        throw new Error(`Cannot measure logs: line ${number} of ${id} is lost`);
      }
    }
  }
  return lines.length;
}
