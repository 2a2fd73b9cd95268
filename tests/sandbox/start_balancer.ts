/** A network load balancer, as far as connections go. */
export type Balancer = {
  readonly port: number;
  /** From now on new connections may go to that port of this machine. */
  register(port: number): void;
  /**
   * New connections go elsewhere once this has settled: a balancer takes its time to do without a target. Those that
   * are there stay, however long they last.
   */
  deregister(port: number): void;
  /** Connections that go through it at the moment. */
  open(): number;
  close(): Promise<void>;
};

/** AWS: new connections may come for so long after a target was deregistered. */
const defaultSettleMs = 120_000;

/**
 * Starts a TCP front that behaves as AWS's network load balancers do with the attributes of a rack's template: each
 * connection goes to one of the targets, and none is cut by the balancer itself.
 */
export function startBalancer(settleMs: number = defaultSettleMs): Balancer {
  const targets: number[] = [];
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const sockets = new Set<Deno.Conn>();
  const carrying = new Set<Promise<void>>();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let next = 0;

  /** The next target that can be reached. */
  async function dial(): Promise<Deno.TcpConn | undefined> {
    for (let left = targets.length; left > 0; left--) {
      const port = targets[next++ % targets.length];
      if (port === undefined) continue;
      try {
        return await Deno.connect({ hostname: "127.0.0.1", port });
      } catch {
        // Its health check would say the same.
      }
    }
    return undefined;
  }

  function drop(socket: Deno.Conn): void {
    if (!sockets.delete(socket)) return;
    try {
      socket.close();
    } catch {
      // It is closed.
    }
  }

  async function carry(client: Deno.TcpConn): Promise<void> {
    sockets.add(client);
    const target = await dial();
    if (target === undefined) return drop(client);
    sockets.add(target);
    for (const socket of [client, target]) socket.setNoDelay(true);
    await Promise.all([copy(client, target), copy(target, client)]);
    drop(client);
    drop(target);
  }

  /** An end of one direction is passed on, and ends no other. */
  async function copy(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const bytes = new Uint8Array(65_536);
    try {
      for (;;) {
        const count = await from.read(bytes);
        if (count === null) break;
        for (let done = 0; done < count;) {
          done += await to.write(bytes.subarray(done, count));
        }
      }
      await to.closeWrite();
    } catch {
      // One side is gone: so is the connection.
      drop(from);
      drop(to);
    }
  }

  const accepting = (async () => {
    for await (const client of listener) {
      const one = carry(client).finally(() => carrying.delete(one));
      carrying.add(one);
    }
  })().catch(() => {});

  return {
    port: listener.addr.port,
    register: (port) => void targets.push(port),
    deregister(port) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        const at = targets.indexOf(port);
        if (at >= 0) targets.splice(at, 1);
      }, settleMs);
      timers.add(timer);
    },
    open: () => carrying.size,
    async close() {
      for (const timer of timers) clearTimeout(timer);
      listener.close();
      for (const socket of [...sockets]) drop(socket);
      await Promise.all([accepting, ...carrying]);
    },
  };
}
