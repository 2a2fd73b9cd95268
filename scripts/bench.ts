/**
 * Measures the compiled program: `scripts/dev bench [--runs N] [--json]`. It reports and never judges:
 * a busy machine must not fail a build.
 */
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { projectRoot } from "./project.ts";
import { runScript } from "./run_script.ts";

/** Milliseconds over several runs. */
export interface Timing {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

interface Measurement {
  readonly name: string;
  /** Runs the program once and returns the milliseconds. */
  readonly run: () => Promise<number>;
}

const measurements: readonly Measurement[] = [
  { name: "version", run: timeVersion },
  { name: "first AWS request", run: timeFirstRequest },
];

async function timeVersion(): Promise<number> {
  const start = performance.now();
  await spawnPorthole(["version"]).status;
  return performance.now() - start;
}

/** From the start to the first byte that reaches AWS's endpoint, which here only listens. */
async function timeFirstRequest(): Promise<number> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const start = performance.now();
  const child = spawnPorthole(["exec", "worker", "--", "true"], {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${listener.addr.port}`,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
  });
  const connection = await Promise.race([
    listener.accept(),
    child.status.then(() => undefined),
  ]);
  if (connection === undefined) {
    throw new Error(
      "Cannot time the first AWS request: porthole ended without one",
    );
  }
  await connection.read(new Uint8Array(1));
  const elapsed = performance.now() - start;
  child.kill("SIGKILL");
  await child.status;
  connection.close();
  return elapsed;
}

function spawnPorthole(
  args: readonly string[],
  env: Record<string, string> = {},
) {
  return new Deno.Command(`${projectRoot}dist/porthole`, {
    args: [...args],
    // No folder of the project's, so that no configuration is found, and nothing of the user's.
    cwd: "/",
    clearEnv: true,
    env: { ...env, HOME: "/nonexistent", PATH: "/usr/bin:/bin" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** Sums up some timings, of which there is one at least. */
export function summarize(timings: readonly number[]): Timing {
  const sorted = timings.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? NaN;
  const last = sorted.length - 1;
  return {
    median: (at(Math.floor(last / 2)) + at(Math.ceil(last / 2))) / 2,
    min: at(0),
    max: at(last),
  };
}

async function measureAll(runs: number): Promise<Record<string, Timing>> {
  const timings = new Map<string, number[]>();
  // By turns, so that a busy moment does not fall on one of them alone; the first turn warms up.
  for (let turn = 0; turn <= runs; turn++) {
    for (const { name, run } of measurements) {
      const elapsed = await run();
      if (turn > 0) timings.set(name, [...timings.get(name) ?? [], elapsed]);
    }
  }
  return Object.fromEntries(
    [...timings].map(([name, values]) => [name, summarize(values)]),
  );
}

function renderTable(results: Readonly<Record<string, Timing>>): string {
  const row = (name: string, cells: readonly string[]) =>
    name.padEnd(20) + cells.map((cell) => cell.padStart(9)).join("");
  const rows = Object.entries(results).map(([name, { median, min, max }]) =>
    row(name, [median, min, max].map((value) => value.toFixed(1)))
  );
  return [row("milliseconds", ["median", "min", "max"]), ...rows].join("\n");
}

if (import.meta.main) {
  await runScript(async () => {
    const { values } = parseArgs({
      args: Deno.args,
      options: {
        runs: { type: "string", default: "20" },
        json: { type: "boolean" },
      },
    });
    const runs = Number(values.runs);
    if (!(Number.isInteger(runs) && runs > 0)) {
      throw new Error(
        `Cannot use --runs ${values.runs}: it is a number of runs`,
      );
    }
    try {
      await Deno.stat(`${projectRoot}dist/porthole`);
    } catch {
      throw new Error(
        "Cannot measure dist/porthole: make it with scripts/dev compile",
      );
    }
    const results = await measureAll(runs);
    if (values.json) {
      console.log(JSON.stringify({ runs, milliseconds: results }, null, 2));
    } else {
      console.log(renderTable(results));
      console.log(
        `\n${runs} runs, ${cpus().length} cores, load ${
          loadavg()[0]?.toFixed(1)
        }`,
      );
    }
  });
}
