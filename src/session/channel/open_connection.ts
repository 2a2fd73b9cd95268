import { messageOf } from "../../errors.ts";
import { nameProxy, type Proxy } from "../../find_proxy.ts";
import { carryTls } from "./carry_tls.ts";
import { ConnectFailure } from "./connect_failure.ts";
import { connectTcp, startTls } from "./connect_tcp.ts";
import { askHttpProxy } from "./ask_http_proxy.ts";
import { askSocksProxy } from "./ask_socks_proxy.ts";

/** Where to connect to, and how. */
export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** A proxy to go through. */
  readonly proxy: Proxy | undefined;
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
  const { host, port, proxy, caCertificates, signal } = options;
  try {
    const connection = proxy === undefined
      ? await connectTcp(host, port, signal)
      : await openTunnel(proxy, options);
    return options.secure
      ? await startTls(connection, host, caCertificates ?? [], signal)
      : connection;
  } catch (error) {
    if (error instanceof ConnectFailure) throw error;
    const through = proxy === undefined ? "" : ` (through ${nameProxy(proxy)})`;
    throw new ConnectFailure(`${messageOf(error)}${through}`);
  }
}

/** Opens a connection that ends at `host`, whatever it goes through. */
async function openTunnel(
  proxy: Proxy,
  { host, port, caCertificates, signal }: ConnectionOptions,
): Promise<Deno.TcpConn> {
  const name = nameProxy(proxy);
  let connection: Deno.TcpConn | Deno.TlsConn;
  try {
    const tcp = await connectTcp(proxy.host, proxy.port, signal);
    connection = proxy.kind === "https"
      ? await startTls(tcp, proxy.host, caCertificates ?? [], signal)
      : tcp;
  } catch (error) {
    throw new ConnectFailure(`${name} cannot be reached: ${messageOf(error)}`);
  }
  try {
    const ask = proxy.kind === "socks5" ? askSocksProxy : askHttpProxy;
    await ask(connection, proxy, { host, port });
    return "handshake" in connection
      ? await carryTls(connection, signal)
      : connection;
  } catch (error) {
    if (!signal.aborted) connection.close();
    throw new ConnectFailure(
      `${name} refused the connection to ${host}: ${messageOf(error)}`,
    );
  }
}
