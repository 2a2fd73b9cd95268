import type { Deps } from "../deps.ts";
import { messageOf, PortholeError } from "../errors.ts";
import { quotePath, quoteValue } from "../quote_value.ts";
import {
  type DockerAddress,
  formatDockerAddress,
  HOST_SETTING,
} from "./docker_address.ts";
import { type DockerConnection, wrapConnection } from "./docker_connection.ts";
import { explainServerCertificate } from "./explain_tls_failure.ts";
import { openSshConnection } from "./open_ssh_connection.ts";
import type { DockerTls } from "./read_docker_tls.ts";
import { unlessSilentFor } from "../when_silent_for.ts";
import { isLoopback } from "../is_loopback.ts";

/** A Docker daemon, and how to be sure of it. */
export interface DockerEndpoint {
  readonly address: DockerAddress;
  /** For tcp:// only; undefined: nothing is known, and only this machine is spoken to. */
  readonly tls: DockerTls | undefined;
}

const CONNECT_TIMEOUT_MS = 15_000;
const TLS_PORT = 2376;
const PLAIN_PORT = 2375;

/**
 * Opens one byte stream to a daemon; with TLS the server is verified before it resolves.
 *
 * @throws PortholeError docker_unreachable, docker_untrusted
 */
export async function openDockerConnection(
  { address, tls }: DockerEndpoint,
  deps: Pick<Deps, "platform" | "spawn" | "sleep">,
): Promise<DockerConnection> {
  switch (address.kind) {
    case "unix":
      return await openUnix(address.path, deps);
    case "tcp":
      return await openTcp(address, tls);
    case "ssh":
      return openSshConnection(address, deps);
  }
}

async function openUnix(
  path: string,
  { platform }: Pick<Deps, "platform">,
): Promise<DockerConnection> {
  const name = quotePath(path);
  if (platform === "windows") {
    throw unreachable(`${name}: unix sockets do not work on Windows here`, {
      hint: `set ${HOST_SETTING} to tcp:// or ssh://`,
    });
  }
  try {
    return wrapConnection(
      await withinTime(Deno.connect({ transport: "unix", path })),
    );
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) {
      throw unreachable(`${name}: permission denied`, {
        hint:
          "the socket's group (usually docker) may use it: join it, or run porthole as root",
        cause: error,
      });
    }
    const missing = error instanceof Deno.errors.NotFound;
    throw unreachable(
      `${name}: ${
        missing
          ? "there is no such socket"
          : error instanceof Deno.errors.ConnectionRefused
          ? "nothing is listening there"
          : messageOf(error)
      }`,
      {
        hint:
          `check that the Docker daemon is running, and check ${HOST_SETTING}`,
        cause: error,
      },
    );
  }
}

async function openTcp(
  address: Extract<DockerAddress, { kind: "tcp" }>,
  tls: DockerTls | undefined,
): Promise<DockerConnection> {
  const { host } = address;
  const name = quoteValue(formatDockerAddress(address));
  if (tls === undefined && !isLoopback(host)) {
    throw new PortholeError(
      "docker_untrusted",
      `Cannot talk to the Docker daemon at ${name}: without TLS, anyone on the network could take control of it`,
      {
        hint:
          "set exec.docker.tls.ca, .cert and .key, or DOCKER_CERT_PATH; exec.docker.tls: false turns TLS off",
      },
    );
  }
  const secure = tls?.kind === "verified";
  const port = address.port ?? (secure ? TLS_PORT : PLAIN_PORT);
  let connection: Deno.Conn;
  try {
    connection = await withinTime(
      secure ? connectTls(host, port, tls) : connectPlain(host, port),
    );
  } catch (error) {
    const explained = secure
      ? explainServerCertificate(error, name, host, tls)
      : undefined;
    throw explained ?? unreachable(
      `at ${name}: ${
        error instanceof Deno.errors.ConnectionRefused
          ? "nothing is listening there"
          : messageOf(error)
      }`,
      {
        hint:
          `check that the Docker daemon listens there and can be reached, and check ${HOST_SETTING}`,
        cause: error,
      },
    );
  }
  return wrapConnection(connection);
}

async function connectPlain(
  hostname: string,
  port: number,
): Promise<Deno.Conn> {
  const connection = await Deno.connect({ hostname, port });
  connection.setNoDelay(true);
  return connection;
}

/**
 * Deno's public options verify the name that was dialled; this one, which its own Node layer uses, names
 * another. Where Deno does not know it, the dialled name is verified, which refuses and never trusts.
 */
const SERVER_NAME = Symbol.for("unstableServerName");

async function connectTls(
  hostname: string,
  port: number,
  { ca, client, serverName }: Extract<DockerTls, { kind: "verified" }>,
): Promise<Deno.Conn> {
  const connection = await Deno.connectTls({
    hostname,
    port,
    alpnProtocols: ["http/1.1"],
    ...(ca && { caCerts: [ca.text] }),
    ...(client && { cert: client.cert.text, key: client.key.text }),
    ...(serverName !== undefined && { [SERVER_NAME]: serverName }),
  });
  try {
    // A wrong server must show before a byte is sent to it.
    await connection.handshake();
  } catch (error) {
    connection.close();
    throw error;
  }
  return connection;
}

/** What comes too late is closed. */
async function withinTime<C extends Deno.Conn>(
  connecting: Promise<C>,
): Promise<C> {
  const explain = () =>
    new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1000} s`);
  try {
    return await unlessSilentFor(CONNECT_TIMEOUT_MS, connecting, explain);
  } catch (error) {
    void connecting.then((connection) => connection.close(), () => {});
    throw error;
  }
}

function unreachable(
  what: string,
  details: { readonly hint: string; readonly cause?: unknown },
): PortholeError {
  return new PortholeError(
    "docker_unreachable",
    `Cannot reach the Docker daemon ${what}`,
    details,
  );
}
