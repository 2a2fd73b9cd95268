import type { Deps } from "../deps.ts";
import { messageOf, PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import { formatDockerAddress, HOST_SETTING } from "./docker_address.ts";
import { type DockerConnection, unread } from "./docker_connection.ts";
import { explainClientCertificate } from "./explain_tls_failure.ts";
import {
  AnswerCut,
  createAnswerReader,
  type HttpHead,
  type HttpRequest,
  NotHttp,
  sendRequest,
} from "./http_exchange.ts";
import {
  type DockerEndpoint,
  openDockerConnection,
} from "./open_docker_connection.ts";

/** An answer of the daemon: JSON where it has any. */
export interface DockerAnswer {
  readonly status: number;
  readonly value: unknown;
}

/** Speaks the Engine API to one daemon, in a version that the daemon knows. */
export interface DockerClient {
  /** The daemon's address, for texts. */
  readonly address: string;
  /** As negotiated, such as "1.41". */
  readonly apiVersion: string;
  /** Calls the API; an answer of 400 and more is an answer. `path` has no version. */
  call(request: HttpRequest): Promise<DockerAnswer>;
  /** Calls the API for the connection itself. */
  upgrade(
    request: HttpRequest,
  ): Promise<
    | { readonly kind: "stream"; readonly connection: DockerConnection }
    | { readonly kind: "refused"; readonly answer: DockerAnswer }
  >;
  /** Closes what is idle; streams are their owners'. */
  close(): void;
}

/** Docker 17.12, the first whose exec takes a working directory: https://docs.docker.com/reference/api/engine/version-history/. */
const OLDEST_API = "1.35";

/**
 * Opens a connection to a daemon and agrees on a version: the daemon's own, since every daemon speaks that and
 * many refuse one that is much older.
 *
 * @throws PortholeError docker_unreachable, docker_untrusted, docker_refused
 */
export async function openDockerClient(
  endpoint: DockerEndpoint,
  deps: Pick<Deps, "platform" | "spawn">,
): Promise<DockerClient> {
  const address = formatDockerAddress(endpoint.address);
  const name = quoteValue(address);
  const idle: DockerConnection[] = [];
  let closed = false;

  /** Sends on an idle connection where there is one: over ssh a new one costs half a second. */
  async function exchange(request: HttpRequest) {
    for (;;) {
      const kept = idle.shift();
      const connection = kept ??
        await openDockerConnection(endpoint, deps);
      const reader = createAnswerReader(connection);
      try {
        await sendRequest(connection, request).catch((error) => {
          // What the daemon said before it hung up says more than that it did.
          if (messageOf(error).includes("alert")) throw error;
        });
        return { connection, reader, head: await reader.readHead() };
      } catch (error) {
        connection.close();
        // The daemon may have closed it meanwhile. What starts something is not sent twice.
        if (
          kept !== undefined && !request.upgrade && !(error instanceof NotHttp)
        ) continue;
        throw explainSilence(error, endpoint, name);
      }
    }
  }

  async function finish(
    { connection, reader, head }: Awaited<ReturnType<typeof exchange>>,
  ): Promise<DockerAnswer> {
    try {
      const { text, reusable } = await reader.readBody(head);
      if (reusable && !closed) idle.push(connection);
      else connection.close();
      return { status: head.status, value: parseJson(head, text) };
    } catch (error) {
      connection.close();
      throw explainSilence(error, endpoint, name);
    }
  }

  const ping = await exchange({ method: "GET", path: "/_ping" });
  const apiVersion = ping.head.headers.get("api-version") ?? "";
  const pong = await finish(ping);
  if (!/^\d+\.\d+$/.test(apiVersion)) {
    close();
    throw new PortholeError(
      "docker_refused",
      `Cannot use ${name}: what answers there (HTTP ${pong.status}) is not a Docker daemon`,
      { hint: `look at ${HOST_SETTING}` },
    );
  }
  if (isOlder(apiVersion, OLDEST_API)) {
    close();
    throw new PortholeError(
      "docker_refused",
      `Cannot use the Docker daemon at ${name}: its API is ${apiVersion}, and porthole needs ${OLDEST_API}`,
      { hint: "update Docker on the container instance to 17.12 or newer" },
    );
  }
  if (endpoint.address.kind === "ssh") {
    // A session takes three connections, and ssh needs long for one: they get ready while others are used.
    for (let more = 0; more < 2; more++) {
      idle.push(await openDockerConnection(endpoint, deps));
    }
  }
  const versioned = (request: HttpRequest) => ({
    ...request,
    path: `/v${apiVersion}${request.path}`,
  });

  function close(): void {
    closed = true;
    for (const connection of idle.splice(0)) connection.close();
  }

  return {
    address,
    apiVersion,
    call: async (request) => await finish(await exchange(versioned(request))),
    async upgrade(request) {
      const started = await exchange(versioned({ ...request, upgrade: true }));
      const { connection, reader, head } = started;
      // 200 is what a daemon says that ignores the wish to upgrade, and hands the connection over all the same.
      const raw = head.status === 101 || head.status === 200 &&
          head.headers.get("content-type")?.startsWith(
            "application/vnd.docker.",
          );
      if (!raw) return { kind: "refused", answer: await finish(started) };
      return {
        kind: "stream",
        connection: unread(connection, reader.rest()),
      };
    },
    close,
  };
}

function parseJson({ headers }: HttpHead, text: string): unknown {
  if (!headers.get("content-type")?.startsWith("application/json")) return text;
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [thanMajor = 0, thanMinor = 0] = than.split(".").map(Number);
  return major === thanMajor ? minor < thanMinor : major < thanMajor;
}

function explainSilence(
  error: unknown,
  { tls, address }: DockerEndpoint,
  name: string,
): PortholeError {
  if (error instanceof PortholeError) return error;
  if (error instanceof NotHttp) {
    return new PortholeError(
      "docker_refused",
      `Cannot use ${name}: what answers there is not a Docker daemon (${error.message})`,
      {
        hint: address.kind === "tcp" && tls?.kind !== "verified"
          ? "it may want TLS: set exec.docker.tls.ca, .cert and .key, or DOCKER_CERT_PATH"
          : `look at ${HOST_SETTING}`,
        cause: error,
      },
    );
  }
  const refused = tls?.kind === "verified"
    ? explainClientCertificate(error, name, tls)
    : undefined;
  return refused ?? new PortholeError(
    "docker_unreachable",
    `Cannot reach the Docker daemon at ${name}: ${
      error instanceof AnswerCut
        ? "it closed the connection without an answer"
        : messageOf(error)
    }`,
    { hint: `look at ${HOST_SETTING}, and at the daemon's log`, cause: error },
  );
}
