import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { SocketConnection } from "../channel/connect_socket.ts";
import { ConnectFailure } from "../channel/connect_failure.ts";

/**
 * Opens a TLS connection to a server that shows the one known certificate: neither its name nor its dates nor its
 * issuer are judged then. Nothing has been sent over it before its certificate was seen.
 *
 * Deno's own TLS judges by CAs alone. A socket of Node's delivers its bytes in order as
 * long as it is asked for them, and not paused and resumed.
 *
 * @param sha256 of the certificate in DER form, in hexadecimal digits.
 * @throws ConnectFailure
 */
export async function connectPinned(
  { host, port, sha256, signal }: {
    readonly host: string;
    readonly port: number;
    readonly sha256: string;
    readonly signal: AbortSignal;
  },
): Promise<SocketConnection> {
  const socket = connect({
    host,
    port,
    rejectUnauthorized: false,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ALPNProtocols: ["http/1.1"],
  });
  const { wait, fail, failure } = listen(socket);
  signal.addEventListener("abort", () => {
    fail("no answer");
    socket.destroy();
  });
  const secured = Promise.withResolvers<void>();
  socket.once("secureConnect", secured.resolve);
  await Promise.race([secured.promise, wait("failed")]);
  try {
    if (failure() !== undefined) throw new ConnectFailure(failure()!);
    const shown = socket.getPeerCertificate()?.raw;
    const digest = createHash("sha256").update(shown ?? "").digest();
    if (
      shown === undefined ||
      !timingSafeEqual(digest, Uint8Array.fromHex(sha256))
    ) {
      throw new ConnectFailure(
        `its certificate is another one: SHA-256 ${digest.toString("hex")}`,
      );
    }
  } catch (error) {
    socket.destroy();
    throw error;
  }
  socket.setNoDelay(true);

  let held: Uint8Array = new Uint8Array(0);
  return {
    async read(into) {
      while (held.length === 0) {
        const chunk: Uint8Array | null = socket.read();
        if (chunk !== null) held = chunk;
        else if (failure() !== undefined) throw new Error(failure());
        else if (socket.readableEnded || socket.destroyed) return null;
        else await wait("readable");
      }
      const count = Math.min(held.length, into.length);
      into.set(held.subarray(0, count));
      held = held.subarray(count);
      return count;
    },
    async write(bytes) {
      if (failure() !== undefined) throw new Error(failure());
      if (socket.destroyed) throw new Error("the connection is closed");
      // The bytes are the caller's again when this resolves, and may not have left by then.
      if (!socket.write(Uint8Array.from(bytes))) await wait("drain");
      return bytes.length;
    },
    close: () => void socket.destroy(),
  };
}

/** One listener for each event, however often it is awaited. */
function listen(socket: TLSSocket) {
  const waiting = new Map<string, () => void>();
  let why: string | undefined;
  const tell = (event: string) => () => {
    waiting.get(event)?.();
    waiting.delete(event);
  };
  const tellAll = () => {
    for (const resolve of waiting.values()) resolve();
    waiting.clear();
  };
  const fail = (reason: string) => {
    why ??= reason;
    tellAll();
  };
  socket.on("readable", tell("readable"));
  socket.on("drain", tell("drain"));
  socket.on("end", tellAll);
  socket.on("close", tellAll);
  socket.on("error", (error) => fail(error.message));
  return {
    fail,
    failure: () => why,
    wait: (event: string) =>
      new Promise<void>((resolve) => waiting.set(event, resolve)),
  };
}
