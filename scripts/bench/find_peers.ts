import { delimiter } from "node:path";
import { readLimited } from "./spawn_limited.ts";

/** Where a peer finds the sandbox and what is in it. */
export interface PeerPlace {
  readonly endpoint: string;
  /** A file as ecspresso has it, of the service `worker`. */
  readonly config: string;
  readonly taskId: string;
}

/** Another program that does some of what porthole does. */
export interface Peer {
  readonly name: string;
  /** Default: the name. */
  readonly file?: string;
  readonly version: readonly string[];
  /** What it says of itself begins so; default: anything. */
  readonly tells?: string;
  /** It is one file, whose size says something. */
  readonly isOneFile: boolean;
  /** Lists the tasks of `default`: the least that it asks of AWS. */
  readonly list?: (place: PeerPlace) => readonly string[];
  /** Runs `true` in the container `worker`, for which it needs session-manager-plugin. */
  readonly exec?: (place: PeerPlace) => readonly string[];
}

/** A peer that is installed. */
export interface FoundPeer extends Peer {
  readonly path: string;
  /** The first line of what it says of itself. */
  readonly told: string;
}

const awsCli = {
  file: "aws",
  version: ["--version"],
  isOneFile: false,
  // The variable for the endpoint is younger than the flag.
  list: ({ endpoint }: PeerPlace) => [
    ...["ecs", "list-tasks", "--cluster", "default"],
    ...["--endpoint-url", endpoint],
  ],
  exec: ({ endpoint, taskId }: PeerPlace) => [
    ...["ecs", "execute-command", "--cluster", "default", "--task", taskId],
    ...["--container", "worker", "--interactive", "--command", "true"],
    ...["--endpoint-url", endpoint],
  ],
};

/** All that the bench knows how to run. */
export const peers: readonly Peer[] = [
  { name: "aws", tells: "aws-cli/2", ...awsCli },
  { name: "aws 1", tells: "aws-cli/1", ...awsCli },
  {
    name: "session-manager-plugin",
    version: ["--version"],
    isOneFile: true,
  },
  {
    name: "ecsta",
    version: ["version"],
    isOneFile: true,
    list: () => ["--cluster", "default", "list"],
    exec: ({ taskId }) => [
      ...["--cluster", "default", "exec", "--id", taskId],
      ...["--container", "worker", "--command", "true"],
    ],
  },
  {
    name: "ecspresso",
    version: ["version"],
    isOneFile: true,
    list: ({ config }) => ["--config", config, "tasks"],
    exec: ({ config, taskId }) => [
      ...["--config", config, "exec", "--id", taskId],
      ...["--container", "worker", "--command", "true"],
    ],
  },
  { name: "docker", version: ["--version"], isOneFile: true },
];

/** Looks for the peers in a PATH; one that is not there, or says nothing of itself, is not in the result. */
export async function findPeers(path: string): Promise<FoundPeer[]> {
  const found = await Promise.all(peers.map((peer) => findPeer(peer, path)));
  return found.filter((peer) => peer !== undefined);
}

/** A program that is slower to say its version is not one to wait for. */
const VERSION_LIMIT_MS = 10_000;

async function findPeer(
  peer: Peer,
  path: string,
): Promise<FoundPeer | undefined> {
  for (const folder of path.split(delimiter)) {
    const file = `${folder}/${peer.file ?? peer.name}`;
    try {
      if (!(await Deno.stat(file)).isFile) continue;
      const { success, text } = await readLimited(
        file,
        { args: [...peer.version] },
        VERSION_LIMIT_MS,
      );
      if (!success || !text.startsWith(peer.tells ?? "")) continue;
      return { ...peer, path: file, told: text.trim().split("\n")[0] ?? "" };
    } catch {
      // Not here, or not to be run.
    }
  }
  return undefined;
}
