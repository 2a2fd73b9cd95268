/** A newer engine's way of looking at versions, in front of an older one. */
export interface NewerFront {
  readonly port: number;
  /** The request lines that came, and whether each was refused. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

const LEAST = 1.44;
const NEWEST = "1.51";

/**
 * Starts a front on loopback that says it speaks 1.44 to 1.51 and refuses the rest, as Docker Engine 29 does; what it
 * takes it hands on in the version that the socket's engine speaks, one request a connection.
 */
export function startNewerFront(
  socket: string,
  engineVersion: string,
): NewerFront {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: string[] = [];
  const open = new Set<Deno.Conn>();
  const running = new Set<Promise<void>>();

  async function serve(client: Deno.Conn): Promise<void> {
    open.add(client);
    const { head, rest } = await readHead(client);
    requests.push(head[0] ?? "");
    const version = /^\w+ \/v([\d.]+)\//.exec(head[0] ?? "")?.[1];
    if (version !== undefined && Number(version) < LEAST) {
      const message =
        `client version ${version} is too old. Minimum supported API version is ${LEAST}`;
      const body = JSON.stringify({ message });
      await write(
        client,
        `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      return client.close();
    }
    const engine = await Deno.connect({ transport: "unix", path: socket });
    open.add(engine);
    const upgrades = head.some((line) => /^upgrade:/i.test(line));
    const lines = [
      head[0]?.replace(/ \/v[\d.]+\//, ` /v${engineVersion}/`) ?? "",
      ...head.slice(1),
      ...(upgrades ? [] : ["Connection: close"]),
    ];
    await write(engine, `${lines.join("\r\n")}\r\n\r\n`);
    await writeAll(engine, rest);
    const answer = await readHead(engine);
    await write(
      client,
      `${
        answer.head.map((line) =>
          line.replace(/^(api-version:).*/i, `$1 ${NEWEST}`)
        ).join("\r\n")
      }\r\n\r\n`,
    );
    await writeAll(client, answer.rest);
    await Promise.all([copy(client, engine), copy(engine, client)]);
  }

  const accepting = (async () => {
    for await (const client of listener) {
      const one = serve(client).catch(() => {}).finally(() =>
        running.delete(one)
      );
      running.add(one);
    }
  })();

  return {
    port: listener.addr.port,
    requests,
    async stop() {
      listener.close();
      for (const connection of open) close(connection);
      await accepting;
      await Promise.all(running);
    },
  };
}

async function readHead(
  connection: Deno.Conn,
): Promise<{ readonly head: string[]; readonly rest: Uint8Array }> {
  let bytes = new Uint8Array(0);
  const chunk = new Uint8Array(4096);
  for (;;) {
    const text = new TextDecoder("latin1").decode(bytes);
    const end = text.indexOf("\r\n\r\n");
    if (end >= 0) {
      return {
        head: text.slice(0, end).split("\r\n"),
        rest: bytes.subarray(end + 4),
      };
    }
    const count = await connection.read(chunk);
    if (count === null) throw new Error("closed");
    bytes = new Uint8Array([...bytes, ...chunk.subarray(0, count)]);
  }
}

async function copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const bytes = new Uint8Array(65_536);
  try {
    for (;;) {
      const count = await from.read(bytes);
      if (count === null) break;
      await writeAll(to, bytes.subarray(0, count));
    }
    await to.closeWrite();
  } catch {
    close(from);
    close(to);
  }
}

function write(connection: Deno.Conn, text: string): Promise<void> {
  return writeAll(connection, new TextEncoder().encode(text));
}

async function writeAll(
  connection: Deno.Conn,
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(bytes.subarray(at));
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
