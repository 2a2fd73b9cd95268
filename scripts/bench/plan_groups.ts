import type { FoundPeer } from "./find_peers.ts";
import { openCopyBench } from "./measure_copy.ts";
import { openDockerBench } from "./measure_docker.ts";
import { planExec } from "./measure_exec.ts";
import { openFloorBench } from "./measure_floor.ts";
import { openForwardBench } from "./measure_forward.ts";
import { planKeys } from "./measure_keys.ts";
import { manyLogs, planLogs } from "./measure_logs.ts";
import { planDoctor, planMany, twoHundredTasks } from "./measure_many.ts";
import { openOutputBench } from "./measure_output.ts";
import { planRack } from "./measure_rack.ts";
import type { Measurement } from "./measures.ts";
import { planStart } from "./measure_start.ts";
import { manyTasks, planTasks } from "./measure_tasks.ts";
import { type BenchSandbox, startBenchSandbox } from "./start_bench_sandbox.ts";

/** What is measured together: `--only` names them. */
export type Group = keyof typeof GROUPS;

/** What the measurements of a group need. */
interface Surroundings {
  readonly peers: readonly FoundPeer[];
  readonly path: string;
  /** The path of session-manager-plugin, where there is one. */
  readonly plugin: string | undefined;
  /** Started when first asked for. */
  sandbox(kind: keyof typeof SANDBOXES): Promise<BenchSandbox>;
  /** Closes it in the end. */
  use<T extends AsyncDisposable | Disposable>(bench: T): T;
  skip(line: string): void;
}

const SANDBOXES = {
  quick: ["--synthetic-output"],
  slow: manyTasks,
  many: twoHundredTasks,
  rack: ["--rack"],
  logs: manyLogs,
} as const;

const GROUPS = {
  start: async ({ peers, path, sandbox }: Surroundings) => {
    const { folder } = await sandbox("quick");
    return planStart(peers, { path, config: `${folder}/ecspresso.yml` });
  },
  exec: async (around: Surroundings) => [
    ...await planExecIn("quick", "exec", around),
    ...await planExecIn("slow", "exec_50_ms", around),
  ],
  rack: async ({ sandbox }: Surroundings) => planRack(await sandbox("rack")),
  tasks: async ({ peers, path, sandbox }: Surroundings) =>
    planTasks(peers, await sandbox("slow"), path),
  doctor: async ({ sandbox }: Surroundings) => [
    planDoctor(await sandbox("slow")),
  ],
  many: async ({ sandbox }: Surroundings) => [planMany(await sandbox("many"))],
  logs: async ({ sandbox }: Surroundings) => [planLogs(await sandbox("logs"))],
  docker: async ({ use, skip }: Surroundings) => {
    const opened = await openDockerBench();
    if (typeof opened !== "string") return use(opened).measurements;
    skip(`Docker exec: ${opened}`);
    return [];
  },
  output: async ({ sandbox, plugin, path, use }: Surroundings) => {
    const quick = await sandbox("quick");
    const taskId = await quick.findTask("worker");
    const place = { sandbox: quick, taskId, plugin, path };
    return use(await openOutputBench(place)).measurements;
  },
  copy: async ({ sandbox, use }: Surroundings) =>
    use(await openCopyBench(await sandbox("quick"))).measurements,
  forward: async ({ sandbox, plugin, use }: Surroundings) => {
    const quick = await sandbox("quick");
    const taskId = await quick.findTask("worker");
    return use(openForwardBench(quick, taskId, plugin)).measurements;
  },
  keys: async ({ sandbox, plugin, path }: Surroundings) =>
    planKeys(await sandbox("quick"), plugin === undefined ? undefined : path),
};

async function planExecIn(
  kind: "quick" | "slow",
  measure: "exec" | "exec_50_ms",
  { peers, path, sandbox }: Surroundings,
): Promise<readonly Measurement[]> {
  const [quick, place] = await Promise.all([sandbox("quick"), sandbox(kind)]);
  return planExec(peers, {
    measure,
    place: {
      config: `${quick.folder}/ecspresso.yml`,
      taskId: await place.findTask("worker"),
    },
    sandbox: place,
    path,
  });
}

/** All groups, in the order in which they are measured. */
export const groups = Object.keys(GROUPS) as readonly Group[];

/** Measurements that are ready to be taken, and what they stand on. */
export interface Plan extends AsyncDisposable {
  readonly measurements: readonly Measurement[];
  /** What cannot be measured here, and why, a line each. */
  readonly skipped: readonly string[];
}

/** Makes ready what the groups need; the empty program is measured with any of them. */
export async function planGroups(
  wanted: readonly Group[],
  peers: readonly FoundPeer[],
  path: string,
): Promise<Plan> {
  await using stack = new AsyncDisposableStack();
  const sandboxes = new Map<string, Promise<BenchSandbox>>();
  const skipped: string[] = [];
  const around: Surroundings = {
    peers,
    path,
    plugin: peers.find(({ name }) => name === "session-manager-plugin")?.path,
    async sandbox(kind) {
      const known = sandboxes.get(kind);
      if (known !== undefined) return await known;
      const started = startBenchSandbox(SANDBOXES[kind]);
      sandboxes.set(kind, started);
      return stack.use(await started);
    },
    use: (bench) => stack.use(bench),
    skip: (line) => void skipped.push(line),
  };
  const measurements = [
    ...stack.use(await openFloorBench()).measurements,
  ];
  for (const group of wanted) {
    measurements.push(...await GROUPS[group](around));
  }
  const kept = stack.move();
  return {
    measurements,
    skipped,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
