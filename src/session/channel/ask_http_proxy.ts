import type { Proxy } from "../../find_proxy.ts";
import { readHead, writeAll } from "./read_head.ts";

/**
 * Asks an HTTP proxy for a connection to `host` (RFC 9110, section 9.3.6).
 *
 * @throws Error with what the proxy answered instead.
 */
export async function askHttpProxy(
  connection: Deno.Conn,
  { credentials }: Proxy,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`];
  if (credentials !== undefined) {
    const { username, password } = credentials;
    const basic = new TextEncoder().encode(`${username}:${password}`);
    lines.push(`Proxy-Authorization: Basic ${basic.toBase64()}`);
  }
  const request = `${lines.join("\r\n")}\r\n\r\n`;
  await writeAll(connection, new TextEncoder().encode(request));
  const { head, rest } = await readHead(connection);
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]);
  if (status >= 200 && status < 300 && rest.length === 0) return;
  throw new Error(
    status === 407
      ? `HTTP 407, it requires ${
        credentials === undefined ? "a user and password" : "other credentials"
      }`
      : `HTTP ${status || "nonsense"}`,
  );
}
