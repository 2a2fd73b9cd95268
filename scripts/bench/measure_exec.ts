import type { FoundPeer, PeerPlace } from "./find_peers.ts";
import { portholePath } from "./measure_start.ts";
import type { Measurement } from "./measures.ts";
import { timeProgram } from "./run_program.ts";
import type { BenchSandbox } from "./start_bench_sandbox.ts";

/** Where to measure it, and as what. */
export interface ExecBench {
  readonly sandbox: BenchSandbox;
  readonly measure: "exec" | "exec_50_ms";
  readonly place: Omit<PeerPlace, "endpoint">;
  readonly path: string;
}

/** How long a whole `exec -- true` takes, through the sandbox's data channel and back. */
export function planExec(
  peers: readonly FoundPeer[],
  { sandbox, measure, place, path }: ExecBench,
): Measurement[] {
  // The peers that open sessions do it through the plugin.
  const able = peers.some(({ name }) => name === "session-manager-plugin")
    ? peers
    : [];
  const endpoint = sandbox.env["AWS_ENDPOINT_URL"] ?? "";
  const calls = [
    {
      program: "porthole",
      command: portholePath,
      args: ["exec", "worker", "--", "true"],
    },
    ...able.flatMap(({ name, path: command, exec }) =>
      exec === undefined
        ? []
        : [{ program: name, command, args: exec({ ...place, endpoint }) }]
    ),
  ];
  return calls.map(({ program, command, args }): Measurement => ({
    program,
    everyTurn: 1,
    run: async () => {
      const env = { ...sandbox.env, PATH: path };
      return [{ measure, value: await timeProgram({ command, args, env }) }];
    },
  }));
}
