import { isIPv4, isIPv6 } from "node:net";
import type { Proxy } from "../../find_proxy.ts";
import { writeAll } from "./read_head.ts";

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const USER_AND_PASSWORD = 2;

/** RFC 1928, section 6. */
const REPLIES: Readonly<Record<number, string>> = {
  1: "general failure",
  2: "its rules do not allow it",
  3: "the network cannot be reached",
  4: "the host cannot be reached",
  5: "connection refused",
  6: "the time to live expired",
  7: "it does not connect",
  8: "it does not support this kind of address",
};

/**
 * Asks a SOCKS5 proxy (RFC 1928 and, for credentials, RFC 1929) for a connection to `host`, whose
 * name the proxy resolves.
 *
 * @throws Error with what the proxy answered instead.
 */
export async function askSocksProxy(
  connection: Deno.Conn,
  { credentials }: Proxy,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  const methods = credentials === undefined
    ? [NO_AUTHENTICATION]
    : [NO_AUTHENTICATION, USER_AND_PASSWORD];
  await send(connection, [VERSION, methods.length, ...methods]);
  const [version, method] = await receive(connection, 2);
  if (version !== VERSION) throw new Error("its answer is not SOCKS5");
  if (method === USER_AND_PASSWORD && credentials !== undefined) {
    await signIn(connection, credentials);
  } else if (method !== NO_AUTHENTICATION) {
    throw new Error(
      credentials === undefined
        ? "it requires a user and password"
        : "it accepts no user and password",
    );
  }
  await send(connection, [
    VERSION,
    1,
    0,
    ...addressOf(host),
    port >> 8,
    port & 0xff,
  ]);
  const [, reply = 1, , kind] = await receive(connection, 4);
  if (reply !== 0) throw new Error(REPLIES[reply] ?? `reply ${reply}`);
  // Where it connected from: of no use here, but it stands before the first byte of the host.
  const [length = 0] = kind === 1
    ? [4]
    : kind === 4
    ? [16]
    : await receive(connection, 1);
  await receive(connection, length + 2);
}

async function signIn(
  connection: Deno.Conn,
  { username, password }: NonNullable<Proxy["credentials"]>,
): Promise<void> {
  await send(connection, [1, ...counted(username), ...counted(password)]);
  const [, status] = await receive(connection, 2);
  if (status !== 0) throw new Error("it rejects these credentials");
}

function addressOf(host: string): readonly number[] {
  if (isIPv4(host)) return [1, ...host.split(".").map(Number)];
  return isIPv6(host) ? [4, ...bytesOfIPv6(host)] : [3, ...counted(host)];
}

/** The host of a URL: in lower case, with "::" at most once, and no IPv4 part. */
function bytesOfIPv6(host: string): readonly number[] {
  const [left = [], right = []] = host.split("::")
    .map((half) => half.split(":").filter((group) => group !== ""));
  const zeros = Array<string>(8 - left.length - right.length).fill("0");
  return [...left, ...zeros, ...right].flatMap((group) => {
    const number = parseInt(group, 16);
    return [number >> 8, number & 0xff];
  });
}

function counted(text: string): readonly number[] {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > 255) throw new Error("SOCKS5 does not allow longer text");
  return [bytes.length, ...bytes];
}

async function send(
  connection: Deno.Conn,
  bytes: readonly number[],
): Promise<void> {
  await writeAll(connection, new Uint8Array(bytes));
}

/** Reads so many bytes and not one more: what follows belongs to the host. */
async function receive(
  connection: Deno.Conn,
  count: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let filled = 0; filled < count;) {
    const read = await connection.read(bytes.subarray(filled));
    if (read === null) throw new Error("it closed the connection");
    filled += read;
  }
  return bytes;
}
