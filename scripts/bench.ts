/**
 * Measures the compiled program beside what is installed of its peers, and by turns with them:
 * `scripts/dev bench [--runs N] [--only GROUP[,GROUP…]] [--json]`. It reports and never judges: a busy machine must not fail a
 * build. The table starts with the ratios, peer / porthole and program / empty program; {@link BenchReport} is the shape of the JSON.
 */
import { arch, cpus, loadavg, platform } from "node:os";
import { parseArgs } from "node:util";
import { findPeers, type FoundPeer, peers } from "./bench/find_peers.ts";
import { measureSizes } from "./bench/measure_sizes.ts";
import { portholePath } from "./bench/measure_start.ts";
import { type Group, groups, planGroups } from "./bench/plan_groups.ts";
import { renderReport } from "./bench/render_report.ts";
import { type BenchReport, reportMeasures } from "./bench/report.ts";
import { type Measured, takeTurns } from "./bench/take_turns.ts";
import { runCommand } from "./run_command.ts";
import { runScript } from "./run_script.ts";

async function measureAll(
  wanted: readonly Group[],
  found: readonly FoundPeer[],
  path: string,
  turns: number,
): Promise<Measured> {
  await using plan = await planGroups(wanted, found, path);
  const measured = await takeTurns(plan.measurements, turns);
  const sizes = await measureSizes(found);
  return {
    figures: [...measured.figures, ...sizes.figures],
    skipped: [...plan.skipped, ...measured.skipped, ...sizes.skipped],
  };
}

/** Measures, and sums it up. */
async function bench(
  runs: number,
  wanted: readonly Group[],
): Promise<BenchReport> {
  const [before = NaN] = loadavg();
  const path = Deno.env.get("PATH") ?? "";
  const found = await findPeers(path);
  const own = await runCommand([portholePath, "version"]);
  const { figures, skipped } = await measureAll(wanted, found, path, runs);
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
        only: { type: "string" },
      },
    });
    const runs = Number(values.runs);
    if (!(Number.isInteger(runs) && runs > 0)) {
      throw new Error(
        `Cannot use --runs ${values.runs}: it is a number of runs`,
      );
    }
    const wanted = values.only?.split(",") ?? groups;
    const unknown = wanted.find((name) => !groups.some((one) => one === name));
    if (unknown !== undefined) {
      throw new Error(
        `Cannot use --only ${unknown}: it is one of ${groups.join(", ")}`,
      );
    }
    try {
      await Deno.stat(portholePath);
    } catch {
      throw new Error(
        "Cannot measure dist/porthole: make it with scripts/dev compile",
      );
    }
    const report = await bench(
      runs,
      groups.filter((group) => wanted.includes(group)),
    );
    console.log(
      values.json ? JSON.stringify(report, null, 2) : renderReport(report),
    );
  });
}
