/** Opens a TCP connection, closed when `signal` aborts: a key pressed does not wait for the next one. */
export async function connectTcp(
  hostname: string,
  port: number,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname, port, signal });
  closeOnAbort(connection, signal);
  connection.setNoDelay(true);
  return connection;
}

/**
 * Starts TLS on a connection, and takes it over. A certificate's fault shows in the handshake, and
 * must show before anything is sent.
 */
export async function startTls(
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

/** Deno's own `signal` holds only until a connection is there. */
export function closeOnAbort(
  connection: Deno.Conn,
  signal: AbortSignal,
): void {
  signal.addEventListener("abort", () => {
    try {
      connection.close();
    } catch {
      // It is closed already, or TLS has taken it over.
    }
  });
}
