import { messageOf } from "../../errors.ts";

/** A host was not reached, or refused; `status` is its own HTTP answer (not a proxy's), if any. */
export class ConnectFailure extends Error {
  override readonly name = "ConnectFailure";
  constructor(message: string, readonly status?: number) {
    super(message);
  }
}

/** Where to connect to, and how. */
export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** An HTTP proxy to go through. */
  readonly proxy: URL | undefined;
  /** PEM certificates to trust beside the usual ones. */
  readonly caCertificates: readonly string[] | undefined;
  /** Gives up, and leaves nothing open. */
  readonly signal: AbortSignal;
}

/**
 * Opens a TCP or TLS connection, through a proxy where one is given.
 *
 * @throws ConnectFailure
 */
export async function openConnection(
  options: ConnectionOptions,
): Promise<Deno.Conn> {
  const { host, port, secure, proxy, signal } = options;
  try {
    const connection = proxy === undefined
      ? await connectTcp(host, port, signal)
      : await openTunnel(proxy, host, port, signal);
    return secure
      ? await startTls(connection, host, options.caCertificates ?? [], signal)
      : connection;
  } catch (error) {
    throw error instanceof ConnectFailure
      ? error
      : new ConnectFailure(messageOf(error));
  }
}

/** A key pressed must not wait for the next one. */
async function connectTcp(
  hostname: string,
  port: number,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname, port, signal });
  closeOnAbort(connection, signal);
  connection.setNoDelay(true);
  return connection;
}

/** Deno's own `signal` holds only until a connection is there. */
function closeOnAbort(connection: Deno.Conn, signal: AbortSignal): void {
  signal.addEventListener("abort", () => {
    try {
      connection.close();
    } catch {
      // It is closed already, or TLS has taken it over.
    }
  });
}

/** A certificate's fault shows in the handshake, and must show before anything is sent. */
async function startTls(
  connection: Deno.TcpConn,
  hostname: string,
  caCertificates: readonly string[],
  signal: AbortSignal,
): Promise<Deno.TlsConn> {
  const secured = await Deno.startTls(connection, {
    hostname,
    caCerts: [...caCertificates],
  });
  closeOnAbort(secured, signal);
  try {
    await secured.handshake();
  } catch (error) {
    if (!signal.aborted) secured.close();
    throw error;
  }
  return secured;
}

/** Asks an HTTP proxy for a connection to `host`. */
async function openTunnel(
  proxy: URL,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const name = `the proxy ${proxy.host}`;
  if (proxy.protocol !== "http:") {
    throw new ConnectFailure(
      `${name} is not an http:// one, and no other kind is supported`,
    );
  }
  let connection: Deno.TcpConn;
  try {
    connection = await connectTcp(
      proxy.hostname.replace(/^\[|\]$/g, ""),
      Number(proxy.port || 80),
      signal,
    );
  } catch (error) {
    throw new ConnectFailure(`${name} cannot be reached: ${messageOf(error)}`);
  }
  try {
    await writeAll(
      connection,
      new TextEncoder().encode(connectRequest(proxy, host, port)),
    );
    const { head, rest } = await readHead(connection);
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]);
    if (status === 200 && rest.length === 0) return connection;
    throw new ConnectFailure(
      `${name} refused the connection to ${host} with HTTP ${
        status || "nonsense"
      }`,
    );
  } catch (error) {
    if (!signal.aborted) connection.close();
    throw error;
  }
}

function connectRequest(proxy: URL, host: string, port: number): string {
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`];
  if (proxy.username !== "") {
    const credentials = `${decodeURIComponent(proxy.username)}:${
      decodeURIComponent(proxy.password)
    }`;
    lines.push(
      `Proxy-Authorization: Basic ${
        new TextEncoder().encode(credentials).toBase64()
      }`,
    );
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}

const LONGEST_HEAD = 64 * 1024;

/** Reads an HTTP answer up to its empty line; `rest` is what came behind it. */
export async function readHead(
  connection: Deno.Conn,
): Promise<{ readonly head: string; readonly rest: Uint8Array }> {
  let bytes = new Uint8Array(0);
  const chunk = new Uint8Array(16 * 1024);
  while (bytes.length < LONGEST_HEAD) {
    const count = await connection.read(chunk);
    if (count === null) {
      throw new ConnectFailure("the connection was closed without an answer");
    }
    bytes = new Uint8Array([...bytes, ...chunk.subarray(0, count)]);
    const text = new TextDecoder("latin1").decode(bytes);
    const end = text.indexOf("\r\n\r\n");
    if (end >= 0) {
      return { head: text.slice(0, end), rest: bytes.subarray(end + 4) };
    }
  }
  throw new ConnectFailure("the answer has no end");
}

/** Writes all of `bytes`, however many calls that takes. */
export async function writeAll(
  connection: Deno.Conn,
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(bytes.subarray(at));
  }
}
