import { portholePath } from "./measure_start.ts";
import type { Measurement } from "./measures.ts";
import { timeProgram } from "./run_program.ts";
import type { BenchSandbox } from "./start_bench_sandbox.ts";

/** How long `exec -- true` takes where a rack asks AWS for the session and hands it off, and without the rack. */
export function planRack({ env }: BenchSandbox): Measurement[] {
  const ways = [
    { program: "porthole", flags: [] },
    { program: "without the rack", flags: ["--rack", "none"] },
  ];
  return ways.map(({ program, flags }): Measurement => ({
    program,
    everyTurn: 1,
    run: async () => {
      const args = ["exec", ...flags, "worker", "--", "true"];
      const value = await timeProgram({ command: portholePath, args, env });
      return [{ measure: "exec_rack", value }];
    },
  }));
}
