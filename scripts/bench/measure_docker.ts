import {
  findEngineObstacle,
  startEngine,
} from "../../tests/docker/engine/start_engine.ts";
import { shortenArn } from "../../tests/sandbox/fleet.ts";
import { startSandbox } from "../../tests/sandbox/start_sandbox.ts";
import { portholePath } from "./measure_start.ts";
import type { Measurement } from "./measures.ts";
import { spawnLimited } from "./spawn_limited.ts";

/** A Docker Engine, and what the way through it is measured with. */
export interface DockerBench extends AsyncDisposable {
  readonly measurements: readonly Measurement[];
}

/** Starts an engine and a sandbox whose service `legacy` runs on it; says why where it cannot. */
export async function openDockerBench(): Promise<DockerBench | string> {
  const obstacle = await findEngineObstacle();
  if (obstacle !== undefined) return obstacle;
  const engine = await startEngine();
  const { full, socket } = engine;
  const sandbox = await startSandbox({
    docker: {
      legacy: {
        taskId: shortenArn(full.taskArn),
        containers: { full: full.id },
      },
    },
  });
  const config = `${sandbox.directory}/bench.yml`;
  await Deno.writeTextFile(
    config,
    `exec: {docker: {host: "unix://${socket}"}}\n`,
  );
  const porthole = {
    command: portholePath,
    args: ["exec", "legacy", "--", "echo", "x"],
    env: { ...sandbox.env, PORTHOLE_CONFIG: config, HOME: "/nonexistent" },
  };
  const docker = {
    command: "docker",
    args: ["--host", `unix://${socket}`, "exec", full.id, "echo", "x"],
    env: { HOME: "/nonexistent" },
  };

  return {
    measurements: [
      {
        program: "porthole",
        everyTurn: 1,
        run: async () => {
          const { started, decided, answered } = await timeBytes(porthole);
          return [
            { measure: "docker_exec", value: answered - started },
            { measure: "docker_exec_decided", value: answered - decided },
          ];
        },
      },
      {
        program: "docker",
        everyTurn: 1,
        run: async () => {
          const { started, answered } = await timeBytes(docker);
          const value = answered - started;
          return [
            { measure: "docker_exec", value },
            // It has nothing to decide.
            { measure: "docker_exec_decided", value },
          ];
        },
      },
    ],
    async [Symbol.asyncDispose]() {
      await sandbox.close();
      await engine.stop();
    },
  };
}

/** When a program was started, and when its stderr and its stdout began: porthole's first line there is the decision. */
async function timeBytes({ command, args, env }: {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}): Promise<
  {
    readonly started: number;
    readonly decided: number;
    readonly answered: number;
  }
> {
  const started = performance.now();
  const child = spawnLimited(command, {
    args: [...args],
    clearEnv: true,
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const [decided, answered, { success }] = await Promise.all([
    timeFirstByte(child.stderr, "Using Docker exec"),
    timeFirstByte(child.stdout),
    child.status,
  ]);
  if (!success) {
    throw new Error(`Cannot time ${command} ${args.join(" ")}: it failed`);
  }
  return { started, decided, answered };
}

/** When a text comes in a stream, or anything at all. */
async function timeFirstByte(
  stream: ReadableStream<Uint8Array>,
  text = "",
): Promise<number> {
  const decoder = new TextDecoder();
  let seen = "";
  let time = NaN;
  for await (const chunk of stream) {
    seen += decoder.decode(chunk, { stream: true });
    if (Number.isNaN(time) && seen.includes(text)) time = performance.now();
  }
  return time;
}
