/** A server on loopback that answers with raw bytes, for what a real one would never send. */
export interface RawServer {
  readonly url: string;
  close(): void;
}

/** Serves what `answer` makes of each request's path, and then hangs up; undefined leaves it open. */
export function serveRaw(
  answer: (
    path: string,
    connection: Deno.Conn,
  ) => Promise<string | Uint8Array | undefined>,
): RawServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const serve = async (connection: Deno.Conn) => {
    open.add(connection);
    const buffer = new Uint8Array(4096);
    const length = await connection.read(buffer) ?? 0;
    const request = new TextDecoder().decode(buffer.subarray(0, length));
    const reply = await answer(request.split(" ")[1] ?? "", connection);
    if (reply === undefined) return;
    const bytes = typeof reply === "string"
      ? new TextEncoder().encode(reply)
      : reply;
    for (let sent = 0; sent < bytes.length;) {
      sent += await connection.write(bytes.subarray(sent));
    }
    open.delete(connection);
    connection.close();
  };
  void (async () => {
    for await (const connection of listener) void serve(connection);
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    close: () => {
      listener.close();
      for (const connection of open) connection.close();
    },
  };
}
