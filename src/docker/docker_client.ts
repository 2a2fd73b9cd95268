import type { Deps } from "../deps.ts";
import { messageOf, PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import { formatDockerAddress, HOST_SETTING } from "./docker_address.ts";
import { type DockerConnection, unread } from "./docker_connection.ts";
import { explainClientCertificate } from "./explain_tls_failure.ts";
import {
  AnswerCut,
  type AnswerReader,
  createAnswerReader,
  type HttpHead,
  type HttpRequest,
  NotHttp,
  sendRequest,
} from "./http_exchange.ts";
import { limitExchange } from "./limit_exchange.ts";
import {
  type DockerEndpoint,
  openDockerConnection,
} from "./open_docker_connection.ts";
import { compareVersions } from "../compare_versions.ts";

/** An answer of the daemon: JSON where it has any. */
export interface DockerAnswer {
  readonly status: number;
  readonly value: unknown;
}

/** Speaks the Engine API to one daemon, in a version that the daemon knows. */
export interface DockerClient {
  /** The daemon's address, for texts. */
  readonly address: string;
  /** Whether only the daemon itself can end a stream in order: not where a relay or an ssh may, when it goes away. */
  readonly provesEnd: boolean;
  /** As negotiated, for example "1.41". */
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
  close(): Promise<void>;
}

/** Docker 17.12, the first whose exec takes a working directory: https://docs.docker.com/reference/api/engine/version-history/. */
const OLDEST_API = "1.35";

/** How long a connection may have been idle to be used again. */
const MOST_IDLE_MS = 30_000;

/**
 * Opens a connection to a daemon and agrees on a version: the daemon's own, since every daemon speaks that and
 * many refuse one that is much older.
 *
 * @throws PortholeError docker_unreachable, docker_untrusted, docker_refused
 */
export async function openDockerClient(
  endpoint: DockerEndpoint,
  deps: Pick<Deps, "platform" | "spawn" | "sleep" | "now">,
): Promise<DockerClient> {
  const address = formatDockerAddress(endpoint.address);
  const name = quoteValue(address);
  const idle: {
    readonly connection: DockerConnection;
    readonly since: number;
  }[] = [];
  let closed = false;

  function keep(connection: DockerConnection): void {
    idle.push({ connection, since: deps.now().getTime() });
  }

  /** The next idle connection; one that was idle for long may be dead without a sign. */
  function takeIdle(): DockerConnection | undefined {
    const oldest = deps.now().getTime() - MOST_IDLE_MS;
    for (;;) {
      const next = idle.shift();
      if (next === undefined || next.since >= oldest) return next?.connection;
      void next.connection.close();
    }
  }

  /** Sends on an idle connection where there is one: over ssh a new one costs half a second. */
  async function exchange<T>(
    request: HttpRequest,
    take: (answer: {
      readonly connection: DockerConnection;
      readonly reader: AnswerReader;
      readonly head: HttpHead;
    }) => Promise<T>,
  ): Promise<T> {
    let connection: DockerConnection | undefined;
    let late = false;
    const attempt = async (heard: () => void): Promise<T> => {
      const kept = takeIdle();
      const opened = kept ?? await openDockerConnection(endpoint, deps);
      connection = opened;
      if (late) {
        await opened.close();
        throw new AnswerCut(false);
      }
      let begun = false;
      try {
        const reader = createAnswerReader(opened, heard);
        await sendRequest(opened, request).catch((error) => {
          // What the daemon said before it hung up says more than that it did.
          if (messageOf(error).includes("alert")) throw error;
        });
        const head = await reader.readHead();
        begun = true;
        return await take({ connection: opened, reader, head });
      } catch (error) {
        void opened.close();
        // The daemon may have closed it meanwhile. What starts something is not sent twice.
        const again = kept !== undefined && !begun && !late &&
          !request.upgrade &&
          !(error instanceof NotHttp);
        if (!again) throw error;
      }
      return await attempt(heard);
    };
    try {
      return await limitExchange(
        { ...deps, opening: endpoint.address.kind === "ssh" },
        attempt,
      );
    } catch (error) {
      late = true;
      await connection?.close();
      throw explainSilence(error, endpoint, name);
    }
  }

  async function finish(
    { connection, reader, head }: {
      readonly connection: DockerConnection;
      readonly reader: AnswerReader;
      readonly head: HttpHead;
    },
  ): Promise<DockerAnswer & { readonly head: HttpHead }> {
    const { text, reusable } = await reader.readBody(head);
    if (reusable && !closed) keep(connection);
    else void connection.close();
    return { status: head.status, value: parseJson(head, text), head };
  }

  const pong = await exchange({ method: "GET", path: "/_ping" }, finish);
  const apiVersion = pong.head.headers.get("api-version") ?? "";
  if (!/^\d+\.\d+$/.test(apiVersion)) {
    await close();
    throw explainStranger(pong, endpoint, name);
  }
  if (compareVersions(apiVersion, OLDEST_API) < 0) {
    await close();
    throw new PortholeError(
      "docker_refused",
      `Cannot use the Docker daemon at ${name}: its API is ${apiVersion}, and porthole needs ${OLDEST_API}`,
      { hint: "update Docker on the container instance to 17.12 or newer" },
    );
  }
  if (endpoint.address.kind === "ssh") {
    // A session needs more than one connection, and ssh needs long for one: they get ready while others are used.
    for (let more = 0; more < 2; more++) {
      keep(await openDockerConnection(endpoint, deps));
    }
  }
  const versioned = (request: HttpRequest) => ({
    ...request,
    path: `/v${apiVersion}${request.path}`,
  });

  async function close(): Promise<void> {
    closed = true;
    await Promise.all(
      idle.splice(0).map(({ connection }) => connection.close()),
    );
  }

  return {
    address,
    provesEnd: endpoint.address.kind === "unix" ||
      endpoint.tls?.kind === "verified",
    apiVersion,
    call: (request) => exchange(versioned(request), finish),
    upgrade: (request) =>
      exchange(versioned({ ...request, upgrade: true }), async (answer) => {
        const { connection, reader, head } = answer;
        // 200 is what a daemon says that ignores the wish to upgrade, and hands the connection over all the same.
        const raw = head.status === 101 || head.status === 200 &&
            head.headers.get("content-type")?.startsWith(
              "application/vnd.docker.",
            );
        return raw
          ? { kind: "stream", connection: unread(connection, reader.rest()) }
          : { kind: "refused", answer: await finish(answer) };
      }),
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

/** A server that speaks TLS answers plain HTTP so: Go's in words, others with an alert, a record of type 21 (RFC 8446). */
const WANTS_TLS = /HTTP request to an? (?:HTTPS|TLS)|plain HTTP request/i;

/** The error when something answers `_ping` that is not a Docker daemon. */
function explainStranger(
  { status, value }: DockerAnswer,
  endpoint: DockerEndpoint,
  name: string,
): PortholeError {
  if (typeof value === "string" && WANTS_TLS.test(value)) {
    return explainPlain(endpoint, name);
  }
  return new PortholeError(
    "docker_refused",
    `Cannot use ${name}: HTTP ${status} came back, but not from a Docker daemon`,
    { hint: `check ${HOST_SETTING}` },
  );
}

/** The daemon wants TLS, and is spoken to without. */
function explainPlain({ tls }: DockerEndpoint, name: string): PortholeError {
  return new PortholeError(
    "docker_untrusted",
    `Cannot use ${name} without TLS: the server there requires TLS`,
    {
      hint: tls?.kind === "plain"
        ? "exec.docker.tls is false: set exec.docker.tls.ca, .cert and .key instead"
        : "set exec.docker.tls.ca, .cert and .key, or DOCKER_CERT_PATH",
    },
  );
}

function explainSilence(
  error: unknown,
  endpoint: DockerEndpoint,
  name: string,
): PortholeError {
  if (error instanceof PortholeError) return error;
  const { tls, address } = endpoint;
  if (error instanceof NotHttp) {
    if (error.alert) return explainPlain(endpoint, name);
    return new PortholeError(
      "docker_refused",
      `Cannot use ${name}: the response did not come from a Docker daemon (${error.message})`,
      {
        hint: address.kind === "tcp" && tls?.kind !== "verified"
          ? "it may require TLS: set exec.docker.tls.ca, .cert and .key, or DOCKER_CERT_PATH"
          : `check ${HOST_SETTING}`,
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
    { hint: `check ${HOST_SETTING}, and at the daemon's log`, cause: error },
  );
}
