import { compileModule } from "../compile.ts";
import { readMemory } from "./measure_output.ts";
import { FLOOR, type Measurement } from "./measures.ts";
import { startProgram, timeProgram } from "./run_program.ts";

/** It ends at once, or says that it is there and stays until its input ends. */
const SOURCE = `if (Deno.args[0] === "stay") {
  await Deno.stdout.write(new Uint8Array([10]));
  await Deno.stdin.read(new Uint8Array(1));
}
`;

/** A compiled program that does nothing: what the runtime itself takes, as no program on it can take less. */
export interface FloorBench extends AsyncDisposable {
  readonly measurements: readonly Measurement[];
}

/** Compiles it as the program is compiled. */
export async function openFloorBench(): Promise<FloorBench> {
  const folder = await Deno.makeTempDir({ prefix: "porthole-bench-" });
  const command = `${folder}/empty`;
  await Deno.writeTextFile(`${folder}/main.js`, SOURCE);
  await compileModule(folder, ["--output", command]);
  return {
    measurements: [{
      program: FLOOR,
      everyTurn: 1,
      run: async () => [{
        measure: "start",
        value: await timeProgram({ command, args: [], env: {} }),
      }],
    }, {
      program: FLOOR,
      everyTurn: 5,
      run: async () => {
        const value = await measureRest(command);
        return value === undefined
          ? []
          : [{ measure: "memory_resting", value }];
      },
    }],
    async [Symbol.asyncDispose]() {
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function measureRest(command: string): Promise<number | undefined> {
  const child = startProgram({ command, args: ["stay"], env: {} }, "piped");
  const reader = child.stdout.getReader();
  await reader.read();
  const memory = readMemory(`${child.pid}`, "VmRSS");
  await child.stdin.close();
  await reader.cancel();
  await child.status;
  return memory;
}
