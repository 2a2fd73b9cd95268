import { usageError } from "../../args/usage_error.ts";
import type { DockerAddress } from "../../docker/docker_address.ts";
import { formatDockerAddress } from "../../docker/docker_address.ts";
import {
  type DockerConnection,
  wrapConnection,
} from "../../docker/docker_connection.ts";
import { findContainerAddress } from "../../docker/find_container_address.ts";
import { openSshConnection } from "../../docker/open_ssh_connection.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import { reachDocker } from "../../exec/reach_docker.ts";
import { quoteValue } from "../../quote_value.ts";
import { readRouteSettings } from "../../route/read_route_settings.ts";
import type { PortStream } from "../../session/port/port_stream.ts";
import type { Target } from "../../target/target.ts";
import { watchTask } from "../../task/watch_task.ts";
import { unlessSilentFor } from "../../when_silent_for.ts";
import type { ForwardTools } from "./forward_tools.ts";
import { joinAddress } from "./name_remote.ts";
import type { OpenPorts } from "./open_ports.ts";

/** A machine that can reach the container: this one, or one behind ssh. */
type Neighbor = Exclude<DockerAddress, { readonly kind: "tcp" }>;

const CONNECT_TIMEOUT_MS = 15_000;

/**
 * Finds the way to the ports of a container on its Docker host, where porthole runs or ssh leads to.
 *
 * @throws {PortholeError} usage for what cannot go that way, and what reaching the daemon throws.
 */
export async function openDockerPorts(
  target: Target,
  tools: ForwardTools,
): Promise<OpenPorts> {
  const { invocation: { ports }, config, access, deps, log } = tools;
  const named = ports.find(({ host }) => host !== undefined);
  if (named !== undefined) {
    throw usageError(
      `Cannot forward to host ${
        quoteValue(named.host!)
      } through Docker: the connection would not go through the task`,
      "HOST needs ECS Exec",
    );
  }
  if (readRouteSettings(config).throughSessionManager) {
    throw usageError(
      "Cannot forward a port through a shell of the instance (exec.docker.host is ssm)",
      "Set exec.docker.host to ssh://, or run porthole on the instance",
    );
  }
  const { client, container, address } = await reachDocker(
    { config, target, access, log },
    deps,
  );
  try {
    if (address.kind === "tcp") {
      throw usageError(
        `Cannot forward a port through the Docker daemon at ${
          quoteValue(formatDockerAddress(address))
        }: its API does not reach the container's ports`,
        "Set exec.docker.host to ssh://, or run porthole on the instance with unix://",
      );
    }
    // In awsvpc mode the task has an address of its own, and Docker knows nothing of it.
    const host = target.task.privateIp ??
      await findContainerAddress(client, container.id);
    const over = new AbortController();
    const { cluster, task } = target;
    return {
      ways: ports.map(({ port }) => ({
        container: target.container.name,
        open: () => dial(address, host, port, tools),
        refusal: `Cannot connect to ${joinAddress(host, port)}`,
      })),
      lost: watchTask(access, cluster, task, deps, over.signal),
      end() {
        over.abort();
        return Promise.resolve();
      },
    };
  } finally {
    await client.close();
  }
}

async function dial(
  neighbor: Neighbor,
  hostname: string,
  port: number,
  { deps, log }: ForwardTools,
): Promise<PortStream> {
  const where = joinAddress(hostname, port);
  const warn = (error: unknown) =>
    log.warn(
      `Cannot continue a connection to ${where}: ${messageOf(error)}`,
    );
  if (neighbor.kind === "ssh") {
    const connection = openSshConnection(neighbor, deps, {
      kind: "port",
      host: hostname,
      port,
    });
    return streamOf(connection, warn);
  }
  try {
    const connection = await unlessSilentFor(
      CONNECT_TIMEOUT_MS,
      Deno.connect({ hostname, port }),
      () => new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1_000} s`),
    );
    connection.setNoDelay(true);
    return streamOf(wrapConnection(connection), () => {});
  } catch (error) {
    throw new PortholeError(
      "docker_unreachable",
      `Cannot connect to ${where}: ${
        error instanceof Deno.errors.ConnectionRefused
          ? "nothing accepts connections there"
          : messageOf(error)
      }`,
      { cause: error },
    );
  }
}

function streamOf(
  connection: DockerConnection,
  onFailure: (error: unknown) => void,
): PortStream {
  let received = false;
  let failed = false;
  let closed = false;
  return {
    async read() {
      try {
        const bytes = await connection.read();
        received ||= bytes !== null;
        return bytes ?? undefined;
      } catch (error) {
        failed = true;
        if (!closed) onFailure(error);
        return undefined;
      }
    },
    write: (bytes) => connection.write(bytes).catch(() => {}),
    closeWrite: () => void connection.closeWrite().catch(() => {}),
    close() {
      closed = true;
      void connection.close();
    },
    isRefused: () => failed && !received,
    cut: new Promise(() => {}),
  };
}
