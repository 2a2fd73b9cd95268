/** One connection of a server, from the server's side. */
export interface ServedConnection {
  /** What came next; undefined at the end. */
  read(): Promise<Uint8Array | undefined>;
  /** Reads until the text has come, and returns all that came. */
  readUntil(text: string): Promise<string>;
  write(data: string | Uint8Array): Promise<void>;
  closeWrite(): Promise<void>;
}

/** A server on loopback. */
export interface TcpServer extends Disposable {
  readonly port: number;
  /** How many connections were taken. */
  readonly count: () => number;
}

/** Starts a server that hands each connection to `serve`, and closes it after that. */
export function startTcpServer(
  serve: (connection: ServedConnection, at: number) => Promise<void>,
): TcpServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  let count = 0;

  async function handle(connection: Deno.TcpConn): Promise<void> {
    open.add(connection);
    try {
      await serve(wrap(connection), count++);
    } catch {
      // The client has gone, which is its right.
    }
    close(connection);
    open.delete(connection);
  }

  void (async () => {
    for (;;) {
      try {
        void handle(await listener.accept());
      } catch {
        return;
      }
    }
  })();
  function closeListener(): void {
    try {
      listener.close();
    } catch {
      // A server may be stopped early.
    }
  }

  return {
    port: listener.addr.port,
    count: () => count,
    [Symbol.dispose]() {
      closeListener();
      for (const connection of open) close(connection);
    },
  };
}

function wrap(connection: Deno.TcpConn): ServedConnection {
  const buffer = new Uint8Array(64 * 1024);
  const decoder = new TextDecoder();
  const read = async () => {
    const count = await connection.read(buffer);
    return count === null ? undefined : buffer.slice(0, count);
  };
  return {
    read,
    async readUntil(text) {
      let seen = "";
      while (!seen.includes(text)) {
        const bytes = await read();
        if (bytes === undefined) return seen;
        seen += decoder.decode(bytes, { stream: true });
      }
      return seen;
    },
    async write(data) {
      const bytes = typeof data === "string"
        ? new TextEncoder().encode(data)
        : data;
      for (let at = 0; at < bytes.length;) {
        at += await connection.write(bytes.subarray(at));
      }
    },
    closeWrite: () => connection.closeWrite(),
  };
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}
