import { projectRoot } from "../project.ts";
import type { FoundPeer, PeerPlace } from "./find_peers.ts";
import type { Measurement } from "./measures.ts";
import { type ProgramCall, startProgram, timeProgram } from "./run_program.ts";

/** The program that is measured. */
export const portholePath = `${projectRoot}dist/porthole`;

/** Nothing of the user's, and nobody to be asked for credentials. */
const awsEnvironment = {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "bench",
  AWS_SECRET_ACCESS_KEY: "bench",
  AWS_EC2_METADATA_DISABLED: "true",
};

/** How long programs take to say their version, and from their start to their first request to AWS. */
export function planStart(
  peers: readonly FoundPeer[],
  { path, config }: { readonly path: string; readonly config: string },
): Measurement[] {
  const env = { PATH: path };
  const versions = [
    { name: "porthole", path: portholePath, version: ["version"] },
    ...peers,
  ].map(({ name, path: command, version }): Measurement => ({
    program: name,
    everyTurn: 1,
    run: async () => [{
      measure: "start",
      value: await timeProgram({ command, args: version, env }),
    }],
  }));
  const listing = peers.flatMap(({ name, path: command, list }) =>
    list === undefined ? [] : [{ name, command, list }]
  );
  const firstRequests = [
    {
      name: "porthole",
      command: portholePath,
      list: () => ["exec", "worker", "--", "true"],
    },
    ...listing,
  ].map(({ name, command, list }): Measurement => ({
    program: name,
    everyTurn: 1,
    run: async () => [{
      measure: "first_request",
      value: await timeFirstRequest((endpoint) => ({
        command,
        args: list({ endpoint, config, taskId: "" } satisfies PeerPlace),
        env: { ...env, ...awsEnvironment, AWS_ENDPOINT_URL: endpoint },
      })),
    }],
  }));
  return [...versions, ...firstRequests];
}

/** From the start to the first byte that reaches AWS's endpoint, which here only listens. */
async function timeFirstRequest(
  layOut: (endpoint: string) => ProgramCall,
): Promise<number> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const call = layOut(`http://127.0.0.1:${listener.addr.port}`);
  const start = performance.now();
  const child = startProgram(call);
  const connection = await Promise.race([
    listener.accept(),
    child.status.then(() => undefined),
  ]);
  await child.stdin.close().catch(() => {});
  if (connection === undefined) {
    throw new Error(
      `Cannot time the first AWS request of ${call.command}: it ended without one`,
    );
  }
  if (await connection.read(new Uint8Array(1)) === null) {
    throw new Error(`Cannot time the first AWS request of ${call.command}`);
  }
  const value = performance.now() - start;
  child.kill("SIGKILL");
  await child.status;
  connection.close();
  return value;
}
