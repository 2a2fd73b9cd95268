import { connect, createServer, type Socket } from "node:net";
import { Buffer } from "node:buffer";

/** How a proxy is to behave. */
export type ConnectProxyOptions = {
  /** `user:password` that callers must show as Basic auth. */
  readonly auth?: string;
  /** Where names lead, `ecs.sandbox.test:443` → `127.0.0.1:40123`; others are dialled as they are. */
  readonly hosts?: Readonly<Record<string, string>>;
};

/** A running proxy. */
export type ConnectProxy = {
  /** For HTTPS_PROXY, with the user in it if one is needed. */
  readonly url: string;
  /** The `host:port` of every CONNECT so far; refused ones end in ` 407` or ` 502`. */
  connections(): readonly string[];
  close(): Promise<void>;
};

/** Starts an HTTP CONNECT proxy on loopback; it speaks no other method. */
export async function startConnectProxy(
  options: ConnectProxyOptions = {},
): Promise<ConnectProxy> {
  const connections: string[] = [];
  const sockets = new Set<Socket>();

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  }

  function answer(client: Socket, head: string): void {
    const [, host = ""] = /^CONNECT (\S+) HTTP\/1\.[01]\r\n/.exec(head) ?? [];
    const auth = /^proxy-authorization: *Basic +(\S+)/im.exec(head)?.[1];
    if (host === "") {
      client.end(`HTTP/1.1 405 Method Not Allowed\r\n${ending}`);
      return;
    }
    if (
      options.auth !== undefined &&
      (auth === undefined ||
        Buffer.from(auth, "base64").toString() !== options.auth)
    ) {
      connections.push(`${host} 407`);
      client.end(
        "HTTP/1.1 407 Proxy Authentication Required\r\n" +
          `Proxy-Authenticate: Basic realm="sandbox"\r\n${ending}`,
      );
      return;
    }
    const target = options.hosts?.[host] ?? host;
    const colon = target.lastIndexOf(":");
    const server = connect(
      Number(target.slice(colon + 1)),
      target.slice(0, colon),
    );
    keep(server);
    let open = false;
    server.on("connect", () => {
      open = true;
      connections.push(host);
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.pipe(server);
      server.pipe(client);
    });
    server.on("close", () => {
      if (open) {
        client.destroy();
        return;
      }
      connections.push(`${host} 502`);
      client.end(`HTTP/1.1 502 Bad Gateway\r\n${ending}`);
    });
    client.on("close", () => server.destroy());
  }

  const proxy = createServer((client) => {
    keep(client);
    let head = "";
    client.on("data", function collect(bytes: Buffer) {
      head += bytes.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      client.off("data", collect);
      answer(client, head);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = proxy.address();
  const port = typeof address === "object" ? address?.port : 0;
  const user = options.auth === undefined ? "" : `${options.auth}@`;
  return {
    url: `http://${user}127.0.0.1:${port}`,
    connections: () => connections,
    async close() {
      const closed = new Promise((resolve) => proxy.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

const ending = "content-length: 0\r\nconnection: close\r\n\r\n";
