/**
 * Measures the compiled program beside what is installed of its peers, and by turns with them:
 * `scripts/dev bench [--runs N] [--json]`. It reports and never judges: a busy machine must not fail a
 * build. The table starts with the ratios, peer / porthole and program / empty program; {@link BenchReport} is the shape of the JSON.
 */
import { arch, cpus, loadavg, platform } from "node:os";
import { parseArgs } from "node:util";
import { findPeers, type FoundPeer, peers } from "./bench/find_peers.ts";
import { openCopyBench } from "./bench/measure_copy.ts";
import { openForwardBench } from "./bench/measure_forward.ts";
import { openFloorBench } from "./bench/measure_floor.ts";
import { openDockerBench } from "./bench/measure_docker.ts";
import { planExec } from "./bench/measure_exec.ts";
import { planDoctor, planMany, twoHundredTasks } from "./bench/measure_many.ts";
import { planKeys } from "./bench/measure_keys.ts";
import { openOutputBench } from "./bench/measure_output.ts";
import { measureSizes } from "./bench/measure_sizes.ts";
import { planStart, portholePath } from "./bench/measure_start.ts";
import { manyTasks, planTasks } from "./bench/measure_tasks.ts";
import { renderReport } from "./bench/render_report.ts";
import { type BenchReport, reportMeasures } from "./bench/report.ts";
import { startBenchSandbox } from "./bench/start_bench_sandbox.ts";
import { type Measured, takeTurns } from "./bench/take_turns.ts";
import { runCommand } from "./run_command.ts";
import { runScript } from "./run_script.ts";

async function measureAll(
  found: readonly FoundPeer[],
  path: string,
  turns: number,
): Promise<Measured> {
  await using quick = await startBenchSandbox(["--synthetic-output"]);
  await using slow = await startBenchSandbox(manyTasks);
  await using many = await startBenchSandbox(twoHundredTasks);
  const plugin = found.find(({ name }) => name === "session-manager-plugin");
  const taskId = await quick.findTask("worker");
  await using output = await openOutputBench(quick, taskId, plugin?.path);
  await using copy = await openCopyBench(quick);
  using forward = openForwardBench(quick, taskId, plugin?.path);
  const opened = await openDockerBench();
  await using docker = typeof opened === "string" ? undefined : opened;
  const config = `${quick.folder}/ecspresso.yml`;
  await using floor = await openFloorBench();
  const measured = await takeTurns([
    ...floor.measurements,
    ...planStart(found, { path, config }),
    ...planExec(found, {
      measure: "exec",
      place: { config, taskId },
      sandbox: quick,
      path,
    }),
    ...planExec(found, {
      measure: "exec_50_ms",
      place: { config, taskId: await slow.findTask("worker") },
      sandbox: slow,
      path,
    }),
    ...planTasks(found, slow, path),
    planDoctor(slow),
    planMany(many),
    ...docker?.measurements ?? [],
    ...output.measurements,
    ...copy.measurements,
    ...forward.measurements,
    ...planKeys(quick, plugin === undefined ? undefined : path),
  ], turns);
  const sizes = await measureSizes(found);
  return {
    figures: [...measured.figures, ...sizes.figures],
    skipped: [
      ...typeof opened === "string" ? [`Docker exec: ${opened}`] : [],
      ...measured.skipped,
      ...sizes.skipped,
    ],
  };
}

/** Measures, and sums it up. */
async function bench(runs: number): Promise<BenchReport> {
  const [before = NaN] = loadavg();
  const path = Deno.env.get("PATH") ?? "";
  const found = await findPeers(path);
  const own = await runCommand([portholePath, "version"]);
  const { figures, skipped } = await measureAll(found, path, runs);
  const [after = NaN] = loadavg();
  return {
    runs,
    machine: {
      os: platform(),
      arch: arch(),
      cores: cpus().length,
      load: { before, after },
    },
    programs: [
      { name: "porthole", version: own.trim() },
      ...peers.map(({ name }) => ({
        name,
        version: found.find((peer) => peer.name === name)?.told ?? null,
      })),
    ],
    measures: reportMeasures(figures),
    skipped,
  };
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
      await Deno.stat(portholePath);
    } catch {
      throw new Error(
        "Cannot measure dist/porthole: make it with scripts/dev compile",
      );
    }
    const report = await bench(runs);
    console.log(
      values.json ? JSON.stringify(report, null, 2) : renderReport(report),
    );
  });
}
