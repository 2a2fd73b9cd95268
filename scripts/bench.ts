/**
 * Measures the compiled program: `scripts/dev bench [--runs N] [--json]`. It reports and never judges:
 * a busy machine must not fail a build.
 */
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { type DockerBench, openDockerBench } from "./bench_docker.ts";
import {
  type Figure,
  openSessionBench,
  type SessionBench,
} from "./bench_session.ts";
import { openTasksBench, type TasksBench } from "./bench_tasks.ts";
import { projectRoot } from "./project.ts";
import { runScript } from "./run_script.ts";

/** A number over several runs. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

interface Measurement {
  /** It takes seconds: it has a turn in so many. */
  readonly everyTurn: number;
  /** Runs the program once. */
  readonly run: () => Promise<readonly Figure[]>;
}

interface Result extends Summary {
  readonly unit: string;
}

function planMeasurements(
  sessions: SessionBench,
  tasks: TasksBench,
  docker: DockerBench | undefined,
): readonly Measurement[] {
  return [
    { everyTurn: 1, run: timeVersion },
    { everyTurn: 1, run: timeFirstRequest },
    { everyTurn: 1, run: sessions.timeExec },
    { everyTurn: 5, run: tasks.timeTasks },
    ...(docker === undefined
      ? []
      : [{ everyTurn: 1, run: docker.timeFallback }]),
    { everyTurn: 5, run: sessions.measureMessages },
    { everyTurn: 5, run: sessions.measurePty },
    { everyTurn: 5, run: sessions.measureStdin },
    { everyTurn: 5, run: sessions.measureEcho },
  ];
}

async function timeVersion(): Promise<Figure[]> {
  const start = performance.now();
  await spawnPorthole(["version"]).status;
  return [{ name: "version", unit: "ms", value: performance.now() - start }];
}

/** From the start to the first byte that reaches AWS's endpoint, which here only listens. */
async function timeFirstRequest(): Promise<Figure[]> {
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
  const value = performance.now() - start;
  child.kill("SIGKILL");
  await child.status;
  connection.close();
  return [{ name: "first AWS request", unit: "ms", value }];
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

/** Sums up some numbers, of which there is one at least. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? NaN;
  const last = sorted.length - 1;
  return {
    median: (at(Math.floor(last / 2)) + at(Math.ceil(last / 2))) / 2,
    min: at(0),
    max: at(last),
  };
}

async function measureAll(runs: number): Promise<Record<string, Result>> {
  await using sessions = await openSessionBench();
  await using tasks = await openTasksBench();
  const found = await openDockerBench();
  await using docker = typeof found === "string" ? undefined : found;
  if (typeof found === "string") {
    console.error(`Docker is not measured: ${found}`);
  }
  const measurements = planMeasurements(sessions, tasks, docker);
  const figures = new Map<string, Figure[]>();
  // By turns, so that a busy moment does not fall on one of them alone; the first turn warms up.
  for (let turn = 0; turn <= runs; turn++) {
    for (const { everyTurn, run } of measurements) {
      const due = turn === 0 ? everyTurn === 1 : (turn - 1) % everyTurn === 0;
      if (!due) continue;
      for (const figure of await run()) {
        if (turn === 0) continue;
        figures.set(figure.name, [...figures.get(figure.name) ?? [], figure]);
      }
    }
  }
  return Object.fromEntries(
    [...figures].map(([name, found]) => [name, {
      unit: found[0]?.unit ?? "",
      ...summarize(found.map(({ value }) => value)),
    }]),
  );
}

function renderTable(results: Readonly<Record<string, Result>>): string {
  const row = (name: string, cells: readonly string[]) =>
    name.padEnd(36) + cells.map((cell) => cell.padStart(9)).join("");
  const rows = Object.entries(results).map(([name, result]) =>
    row(name, [
      ...[result.median, result.min, result.max].map((one) => one.toFixed(1)),
      result.unit,
    ])
  );
  return [row("", ["median", "min", "max", ""]).trimEnd(), ...rows].join("\n");
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
      console.log(JSON.stringify({ runs, results }, null, 2));
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
