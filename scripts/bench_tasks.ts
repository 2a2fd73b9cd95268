import type { Figure } from "./bench_session.ts";
import { startBenchSandbox } from "./bench_sandbox.ts";
import { projectRoot } from "./project.ts";

/** A service with very many tasks, behind an API that takes its time. */
export interface TasksBench extends AsyncDisposable {
  timeTasks(): Promise<Figure[]>;
}

const TASKS = 1_000;
const LATENCY_MS = 50;

/** Starts the sandbox. */
export async function openTasksBench(): Promise<TasksBench> {
  const sandbox = await startBenchSandbox([
    "--tasks",
    `web=${TASKS}`,
    "--latency",
    String(LATENCY_MS),
  ]);
  return {
    async timeTasks() {
      const start = performance.now();
      const { stdout } = await new Deno.Command(`${projectRoot}dist/porthole`, {
        args: ["tasks", "web", "-o", "tsv"],
        cwd: "/",
        clearEnv: true,
        env: sandbox.env,
        stderr: "inherit",
      }).output();
      const value = performance.now() - start;
      const tasks = new Set(
        new TextDecoder().decode(stdout).trimEnd().split("\n").slice(1)
          .map((line) => line.split("\t")[0]),
      );
      if (tasks.size !== TASKS) {
        throw new Error(
          `Cannot time the tasks: there are ${tasks.size}, not ${TASKS}`,
        );
      }
      return [{
        name: `${TASKS} tasks, ${LATENCY_MS} ms a call`,
        unit: "ms",
        value,
      }];
    },
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  };
}
