import { join } from "node:path";

const folder = join(import.meta.dirname ?? ".", "tls");

/** The CA whose certificates the sandbox shows. */
export const testCaFile: string = join(folder, "ca.crt");

/** A TLS port. */
export type TlsFront = {
  readonly port: number;
  /** How many bytes clients have sent inside of TLS. */
  received(): number;
  close(): Promise<void>;
};

/**
 * Takes TLS off and hands the bytes on to a port of this machine. Deno's own
 * https server is not used because it insists on offering HTTP/2, where the
 * Host header that every signature covers is missing.
 */
export function startTlsFront(behind: number): TlsFront {
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    key: Deno.readTextFileSync(join(folder, "server.key")),
    cert: Deno.readTextFileSync(join(folder, "server.crt")),
    alpnProtocols: ["http/1.1"],
  });
  const open = new Set<Deno.Conn>();
  const running = new Set<Promise<void>>();
  let received = 0;

  async function forward(client: Deno.TlsConn): Promise<void> {
    open.add(client);
    const server = await Deno.connect({ hostname: "127.0.0.1", port: behind });
    server.setNoDelay(true);
    open.add(server);
    await Promise.all([
      copy(client, server, (count) => received += count),
      copy(server, client, () => {}),
    ]);
  }

  function drop(connection: Deno.Conn): void {
    if (!open.delete(connection)) return;
    connection.close();
  }

  /** Copies until either side ends, and then ends both. */
  async function copy(
    from: Deno.Conn,
    to: Deno.Conn,
    onBytes: (count: number) => void,
  ): Promise<void> {
    const bytes = new Uint8Array(65_536);
    try {
      for (;;) {
        const count = await from.read(bytes);
        if (count === null) break;
        onBytes(count);
        for (let done = 0; done < count;) {
          done += await to.write(bytes.subarray(done, count));
        }
      }
    } catch {
      // Reset, closed, or no TLS at all.
    }
    drop(from);
    drop(to);
  }

  const accepting = (async () => {
    for await (const client of listener) {
      const one = forward(client).finally(() => running.delete(one));
      running.add(one);
    }
  })();

  return {
    port: listener.addr.port,
    received: () => received,
    async close() {
      listener.close();
      for (const one of [...open]) drop(one);
      await accepting;
      await Promise.all(running);
    },
  };
}
