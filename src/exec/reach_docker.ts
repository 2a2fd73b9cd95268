import type { AwsAccess } from "../access/access.ts";
import type { Config } from "../config/config.ts";
import type { Deps } from "../deps.ts";
import {
  type DockerAddress,
  HOST_SETTING,
  parseDockerAddress,
} from "../docker/docker_address.ts";
import {
  type DockerClient,
  openDockerClient,
} from "../docker/docker_client.ts";
import {
  fillHostPlaces,
  findHostPlaces,
  type HostPlace,
} from "../docker/docker_host_places.ts";
import { findDockerContainer } from "../docker/find_docker_container.ts";
import type { ContainerState } from "../docker/inspect_container.ts";
import { type DockerTls, readDockerTls } from "../docker/read_docker_tls.ts";
import { type ErrorCode, PortholeError } from "../errors.ts";
import type { Log } from "../log.ts";
import { describeSource } from "../output/describe_source.ts";
import type { Setting } from "../setting.ts";
import type { Target } from "../target/target.ts";

/** A container on its Docker host, and the daemon that has it. */
export interface DockerContainer {
  readonly client: DockerClient;
  readonly container: ContainerState;
  readonly address: DockerAddress;
}

/** What reaching it takes. */
export interface DockerReach {
  readonly config: Config;
  readonly target: Target;
  readonly access: AwsAccess;
  readonly log: Log;
}

type ReachDeps = Pick<
  Deps,
  "platform" | "spawn" | "sleep" | "env" | "readTextFile" | "now"
>;

const LOCAL_SOCKET = "unix:///var/run/docker.sock";

/** Finds the instance of a task, for a session on it. */
export async function findInstance(
  { target: { task }, access }: Pick<DockerReach, "target" | "access">,
): Promise<string> {
  const instance = await access.describeContainerInstance(task);
  if (instance?.instanceId !== undefined) return instance.instanceId;
  throw new PortholeError(
    "docker_unreachable",
    `Cannot reach the Docker daemon of task ${task.id}: ECS reports no instance for it`,
  );
}

/** Docker's name for a task's container, as a shell of the instance needs it. */
export function hostContainerId({ task, container }: Target): string {
  if (container.runtimeId !== undefined) return container.runtimeId;
  throw new PortholeError(
    "container_not_found",
    `Cannot exec into container "${container.name}" of task ${task.id}: it has no runtime id yet`,
    { hint: "the container is still starting; try again in a moment" },
  );
}

/** Where the Docker daemon is looked for: the file's word, else on this machine. */
export function dockerHostSetting(
  { dockerHost }: Config,
  { env }: Pick<Deps, "env">,
): Setting<string> {
  if (dockerHost !== undefined) return dockerHost;
  const local = env("DOCKER_HOST");
  return local
    ? { value: local, source: { kind: "env", name: "DOCKER_HOST" } }
    : { value: LOCAL_SOCKET, source: { kind: "default" } };
}

/**
 * Finds a task's container on the Docker daemon of its instance. The caller closes the client.
 *
 * Where no host is set, porthole may be running on that instance: the local daemon then has the container.
 */
export async function reachDocker(
  reach: DockerReach,
  deps: ReachDeps,
): Promise<DockerContainer> {
  const setting = dockerHostSetting(reach.config, deps);
  try {
    return await findOn(setting, reach, deps);
  } catch (error) {
    if (reach.config.dockerHost !== undefined) throw error;
    throw explainLocal(error, reach.target);
  }
}

async function findOn(
  host: Setting<string>,
  reach: DockerReach,
  deps: ReachDeps,
): Promise<DockerContainer> {
  const { task, container } = reach.target;
  const address = parseDockerAddress(
    host === reach.config.dockerHost
      ? await fillHost(host.value, reach)
      : host.value,
  );
  const tls = address.kind === "tcp" ? await readTls(reach, deps) : undefined;
  const client = await openDockerClient({ address, tls }, deps);
  reach.log.debug(`Docker: ${client.address}, API ${client.apiVersion}`);
  try {
    const found = await findDockerContainer(client, {
      taskArn: task.arn,
      containerName: container.name,
      runtimeId: container.runtimeId,
    });
    return { client, container: found, address };
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** Asks no more of AWS than the address needs. */
async function fillHost(
  host: string,
  { target: { task }, access }: DockerReach,
): Promise<string> {
  const places = findHostPlaces(host);
  if (places.length === 0) return host;
  const instance = await access.describeContainerInstance(task);
  const refuse = (place: HostPlace, why: string) =>
    new PortholeError(
      "docker_unreachable",
      `Cannot fill in {${place}} of ${HOST_SETTING}: ${why}`,
    );
  if (instance?.instanceId === undefined) {
    throw refuse(places[0]!, `ECS reports no instance for task ${task.id}`);
  }
  const { instanceId } = instance;
  const { privateIp, publicIp } =
    places.some((place) => place !== "instance_id")
      ? await access.describeInstanceAddresses(instanceId)
      : {};
  const values = {
    private_ip: privateIp,
    public_ip: publicIp,
    instance_id: instanceId,
  };
  const missing = places.find((place) => values[place] === undefined);
  if (missing !== undefined) {
    throw refuse(missing, `instance ${instanceId} has no such address`);
  }
  return fillHostPlaces(host, values as Record<HostPlace, string>);
}

async function readTls(
  { config, log }: DockerReach,
  deps: ReachDeps,
): Promise<DockerTls | undefined> {
  const { dockerTls, dockerCa, dockerCert, dockerKey, dockerServerName } =
    config;
  if (dockerTls === undefined) {
    return await readDockerTls({
      ca: dockerCa?.value,
      cert: dockerCert?.value,
      key: dockerKey?.value,
      serverName: dockerServerName?.value,
    }, deps);
  }
  log.warn(
    `The Docker daemon is not verified, and the connection is not encrypted: exec.docker.tls (${
      describeSource(dockerTls.source)
    }) is false`,
  );
  return { kind: "plain" };
}

/** The error codes that mean the container, or its daemon, is elsewhere. */
const ELSEWHERE: readonly ErrorCode[] = [
  "docker_unreachable",
  "container_not_found",
];

function explainLocal(error: unknown, { task }: Target): unknown {
  if (!(error instanceof PortholeError) || !ELSEWHERE.includes(error.code)) {
    return error;
  }
  // The daemon is here, and the task may be as well.
  if (error.cause instanceof Deno.errors.PermissionDenied) return error;
  return new PortholeError(
    "docker_unreachable",
    `Cannot reach the Docker daemon of task ${task.id}: ${HOST_SETTING} is not set, and it is not on this machine (${error.message})`,
    {
      hint:
        `set ${HOST_SETTING} to where the daemon of its instance listens: ssh://ec2-user@{private_ip} or tcp://{private_ip}:2376`,
      cause: error,
    },
  );
}
