import { ConnectFailure } from "./connect_failure.ts";

const LONGEST_HEAD = 64 * 1024;

/** Reads an HTTP answer up to its empty line; `rest` is what came behind it. */
export async function readHead(
  connection: Pick<Deno.Conn, "read">,
): Promise<{ readonly head: string; readonly rest: Uint8Array }> {
  let bytes = new Uint8Array(0);
  const chunk = new Uint8Array(16 * 1024);
  while (bytes.length < LONGEST_HEAD) {
    const count = await connection.read(chunk);
    if (count === null) {
      throw new ConnectFailure("the connection was closed without an answer");
    }
    bytes = new Uint8Array([...bytes, ...chunk.subarray(0, count)]);
    const text = new TextDecoder("latin1").decode(bytes);
    const end = text.indexOf("\r\n\r\n");
    if (end >= 0) {
      return { head: text.slice(0, end), rest: bytes.subarray(end + 4) };
    }
  }
  throw new ConnectFailure("the answer has no end");
}

/** Writes all of `bytes`, however many calls that takes. */
export async function writeAll(
  connection: Pick<Deno.Conn, "write">,
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(bytes.subarray(at));
  }
}
