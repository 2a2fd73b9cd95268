/** A server that keeps what it was sent. */
export interface RecordServer {
  readonly port: number;
  /** Stops it; what came until then. */
  stop(): Promise<string>;
}

/** Starts a server on loopback that says `answer` to the first bytes and hangs up; over TLS with a certificate. */
export function recordServer(
  tls: { readonly cert: string; readonly key: string } | undefined,
  answer = "",
): RecordServer {
  const place = { hostname: "127.0.0.1", port: 0 };
  const listener: Deno.Listener<Deno.Conn> = tls
    ? Deno.listenTls({ ...place, ...tls })
    : Deno.listen(place);
  let received = "";
  const serving = (async () => {
    for await (const connection of listener) {
      try {
        const bytes = new Uint8Array(65_536);
        const count = await connection.read(bytes);
        received += new TextDecoder().decode(bytes.subarray(0, count ?? 0));
        await connection.write(new TextEncoder().encode(answer));
        connection.close();
      } catch {
        // A client that does not trust us hangs up in the handshake.
      }
    }
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    async stop() {
      listener.close();
      await serving;
      return received;
    },
  };
}
