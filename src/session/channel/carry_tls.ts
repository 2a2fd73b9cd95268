import { leftBeforeAccepted } from "../../left_before_accepted.ts";
import { closeOnAbort } from "./connect_tcp.ts";
import { writeAll } from "./read_head.ts";

const READ_SIZE = 64 * 1024;
const LOOPBACK = "127.0.0.1";

/**
 * Makes a TCP connection of a TLS one, so that a second TLS can begin within it: Deno starts TLS on
 * TCP alone. Its bytes go through a pair of connections on this machine; the TLS connection ends with it.
 */
export async function carryTls(
  outer: Deno.TlsConn,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const [near, far] = await connectPair();
  closeOnAbort(near, signal);
  near.setNoDelay(true);
  far.setNoDelay(true);
  const end = () => {
    for (const connection of [far, outer]) {
      try {
        connection.close();
      } catch {
        // It is closed already.
      }
    }
  };
  // `near` is never half-closed: when it has no more to send, it is gone.
  pump(far, outer).then(end, end);
  pump(outer, far).then(() => far.closeWrite()).catch(end);
  return near;
}

async function connectPair(): Promise<readonly [Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: LOOPBACK, port: 0 });
  const { port } = listener.addr;
  const near = await Deno.connect({ hostname: LOOPBACK, port });
  for (;;) {
    const far = await listener.accept().catch((error) => {
      if (leftBeforeAccepted(error)) return undefined;
      near.close();
      throw error;
    });
    if (far === undefined) continue;
    // Another program of this machine may have been faster: it is not let in.
    if (far.remoteAddr.port === near.localAddr.port) return [near, far];
    far.close();
  }
}

async function pump(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const chunk = new Uint8Array(READ_SIZE);
  for (;;) {
    const count = await from.read(chunk);
    if (count === null) return;
    await writeAll(to, chunk.subarray(0, count));
  }
}
