import { readMemory } from "./measure_output.ts";
import { portholePath } from "./measure_start.ts";
import type { Measurement } from "./measures.ts";
import { timeProgram } from "./run_program.ts";
import { spawnLimited } from "./spawn_limited.ts";
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
      const start = performance.now();
      const child = spawnLimited(portholePath, {
        args: ["exec", "web", "--all", "-q", "--parallel", "20"]
          .concat("--", "echo", "here"),
        cwd: "/",
        clearEnv: true,
        env: { ...sandbox.env },
        stdin: "null",
        stdout: "piped",
        stderr: "inherit",
      });
      let peak: number | undefined;
      const watch = setInterval(
        () => peak = readMemory(`${child.pid}`, "VmHWM") ?? peak,
        20,
      );
      const text = await new Response(child.stdout).text();
      const value = performance.now() - start;
      clearInterval(watch);
      await child.status;
      const ids = new Set(
        text.matchAll(/^([0-9a-f]{12}) \| here$/gm).map(([, id]) => id),
      );
      if (ids.size !== TASKS) {
        throw new Error(
          `Cannot time ${TASKS} tasks: ${ids.size} have their line`,
        );
      }
      return [
        { measure: "exec_all", value },
        ...(peak === undefined
          ? []
          : [{ measure: "memory_exec_all" as const, value: peak }]),
      ];
    },
  };
}
