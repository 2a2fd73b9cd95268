import type { FoundPeer } from "./find_peers.ts";
import { portholePath } from "./measure_start.ts";
import { readLimited } from "./spawn_limited.ts";
import type { Measurement } from "./measures.ts";
import type { BenchSandbox } from "./start_bench_sandbox.ts";

const TASKS = 1_000;

/** What `web` must have in the sandbox for it: very many tasks, behind an API that takes its time. */
export const manyTasks = ["--tasks", `web=${TASKS}`, "--latency", "50"];

// A hundred is what one call describes.
const awsCli = 'at="--cluster default --endpoint-url $AWS_ENDPOINT_URL"; ' +
  '"$0" ecs list-tasks $at --service-name web --query "taskArns[]" --output text | ' +
  "tr '\\t' '\\n' | " +
  'xargs -n 100 "$0" ecs describe-tasks $at --query "tasks[].[taskArn]" --output text --tasks';

/** What lists the service's tasks and describes each, as `porthole tasks` does; prints a line for each, and others. */
const scripts: Readonly<Record<string, string>> = {
  porthole: '"$0" tasks web -o tsv',
  aws: awsCli,
  "aws 1": awsCli,
  ecsta: '"$0" --cluster default --output tsv list --service web',
};

/** How long the service's tasks take to list. */
export function planTasks(
  peers: readonly FoundPeer[],
  sandbox: BenchSandbox,
  path: string,
): Measurement[] {
  return [{ name: "porthole", path: portholePath }, ...peers]
    .flatMap(({ name, path: program }): Measurement[] => {
      const script = scripts[name];
      if (script === undefined) return [];
      return [{
        program: name,
        everyTurn: 5,
        run: async () => {
          const env = { ...sandbox.env, PATH: path };
          return [{
            measure: "tasks",
            value: await timeTasks(program, script, env),
          }];
        },
      }];
    });
}

async function timeTasks(
  program: string,
  script: string,
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const start = performance.now();
  const { text } = await readLimited("sh", {
    args: ["-c", script, program],
    cwd: "/",
    clearEnv: true,
    env: { ...env },
    stderr: "inherit",
  });
  const value = performance.now() - start;
  const ids = new Set(
    text.matchAll(/\b[0-9a-f]{32}\b/g)
      .map(([id]) => id),
  );
  if (ids.size !== TASKS) {
    throw new Error(
      `Cannot time the tasks of ${program}: there are ${ids.size}, not ${TASKS}`,
    );
  }
  return value;
}
