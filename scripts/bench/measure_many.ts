import { portholePath } from "./measure_start.ts";
import type { Measurement } from "./measures.ts";
import { timeProgram } from "./run_program.ts";
import { runWatched } from "./run_watched.ts";
import type { BenchSandbox } from "./start_bench_sandbox.ts";

const TASKS = 200;

/** What `web` must have in the sandbox for a command in many tasks. */
export const twoHundredTasks = ["--tasks", `web=${TASKS}`];

/** How long a doctor takes that only looks, behind an API that takes its time. */
export function planDoctor(sandbox: BenchSandbox): Measurement {
  return {
    program: "porthole",
    everyTurn: 5,
    run: async () => [{
      measure: "doctor",
      value: await timeProgram({
        command: portholePath,
        args: ["doctor", "worker", "--no-probe"],
        env: sandbox.env,
      }),
    }],
  };
}

/** How long one command takes in many tasks, and how much memory; each must have its line. */
export function planMany(sandbox: BenchSandbox): Measurement {
  return {
    program: "porthole",
    everyTurn: 5,
    run: async () => {
      const { text, ms, peakAs } = await runWatched(
        ["exec", "web", "--all", "-q", "--parallel", "20"]
          .concat("--", "echo", "here"),
        sandbox.env,
      );
      const ids = new Set(
        text.matchAll(/^([0-9a-f]{12}) \| here$/gm).map(([, id]) => id),
      );
      if (ids.size !== TASKS) {
        throw new Error(
          `Cannot time ${TASKS} tasks: ${ids.size} have their line`,
        );
      }
      return [
        { measure: "exec_all", value: ms },
        ...peakAs("memory_exec_all"),
      ];
    },
  };
}
