import type {
  ConnectProxy,
  ConnectProxyOptions,
} from "./start_connect_proxy.ts";

/** Starts a SOCKS5 proxy on loopback (RFC 1928, RFC 1929), told of as a CONNECT proxy is. */
export function startSocksProxy(
  options: ConnectProxyOptions = {},
): ConnectProxy {
  const connections: string[] = [];
  const open = new Set<Deno.Conn>();
  const running = new Set<Promise<void>>();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });

  async function serve(client: Deno.TcpConn): Promise<void> {
    open.add(client);
    const read = reader(client);
    const [, count = 0] = await read(2);
    const methods = [...await read(count)];
    const method = options.auth === undefined ? 0 : 2;
    if (!methods.includes(method)) {
      connections.push("- refused");
      await client.write(Uint8Array.of(5, 0xff));
      return;
    }
    await client.write(Uint8Array.of(5, method));
    if (method === 2) {
      const [, userLength = 0] = await read(2);
      const user = new TextDecoder().decode(await read(userLength));
      const [passwordLength = 0] = await read(1);
      const password = new TextDecoder().decode(await read(passwordLength));
      const right = `${user}:${password}` === options.auth;
      await client.write(Uint8Array.of(1, right ? 0 : 1));
      if (!right) {
        connections.push("- refused");
        return;
      }
    }
    const [, , , kind] = await read(4);
    const host = kind === 1
      ? [...await read(4)].join(".")
      : kind === 4
      ? `[${hex(await read(16))}]`
      : new TextDecoder().decode(await read((await read(1))[0] ?? 0));
    const [high = 0, low = 0] = await read(2);
    const name = `${host}:${high * 256 + low}`;
    const [, to = "", port = ""] =
      /^(.*):(\d+)$/.exec(options.hosts?.[name] ?? name) ?? [];
    let server: Deno.TcpConn;
    try {
      server = await Deno.connect({ hostname: to, port: Number(port) });
    } catch {
      connections.push(`${name} refused`);
      await client.write(Uint8Array.of(5, 5, 0, 1, 0, 0, 0, 0, 0, 0));
      return;
    }
    open.add(server);
    connections.push(name);
    // The address that it connected from, as a name: few servers do, all may.
    await client.write(Uint8Array.of(5, 0, 0, 3, 1, 0x78, 0, 0));
    await Promise.all([copy(client, server), copy(server, client)]);
  }

  function drop(connection: Deno.Conn): void {
    if (open.delete(connection)) connection.close();
  }

  async function copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const bytes = new Uint8Array(65_536);
    try {
      for (;;) {
        const count = await from.read(bytes);
        if (count === null) break;
        for (let done = 0; done < count;) {
          done += await to.write(bytes.subarray(done, count));
        }
      }
    } catch {
      // Reset or closed.
    }
    drop(from);
    drop(to);
  }

  const accepting = (async () => {
    for await (const client of listener) {
      const one = serve(client).catch(() => {}).finally(() => {
        drop(client);
        running.delete(one);
      });
      running.add(one);
    }
  })();

  const user = options.auth === undefined ? "" : `${options.auth}@`;
  return {
    url: `socks5h://${user}127.0.0.1:${listener.addr.port}`,
    connections: () => connections,
    async close() {
      listener.close();
      for (const one of [...open]) drop(one);
      await accepting;
      await Promise.all(running);
    },
  };
}

/** Reads exactly so many bytes. */
function reader(client: Deno.Conn) {
  return async (count: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(count);
    for (let filled = 0; filled < count;) {
      const read = await client.read(bytes.subarray(filled));
      if (read === null) throw new Error("The client has gone");
      filled += read;
    }
    return bytes;
  };
}

function hex(address: Uint8Array): string {
  return address.toHex().replace(/(....)(?=.)/g, "$1:");
}
