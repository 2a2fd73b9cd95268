import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

/** A frame as the client sent it. */
export interface SentFrame {
  readonly opcode: number;
  readonly masked: boolean;
  readonly payload: Buffer;
}

/** One upgraded connection, seen from the server. */
export interface ServerConnection {
  /** The request's lines. */
  readonly head: readonly string[];
  /** Resolves with the next frame; undefined when the client has gone. */
  nextFrame(): Promise<SentFrame | undefined>;
  /** Writes bytes as they are. */
  write(bytes: Uint8Array): Promise<void>;
  close(): void;
}

/** A WebSocket server that does what a test tells it, and nothing by itself. */
export interface FrameServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** The next connection that was upgraded. */
  accept(): Promise<ServerConnection>;
}

/** What to say to a request; the default is a right upgrade. */
export type Answer = (key: string) => string | Uint8Array | undefined;

/** Starts one on loopback. */
export function startFrameServer(answer: Answer = upgradeAnswer): FrameServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const waiting: ((connection: ServerConnection) => void)[] = [];
  const upgraded: ServerConnection[] = [];

  function close(connection: Deno.Conn): void {
    if (open.delete(connection)) connection.close();
  }

  async function serve(connection: Deno.TcpConn): Promise<void> {
    open.add(connection);
    const { head, rest } = await readRequest(connection);
    const key = /^sec-websocket-key: (.*)$/im.exec(head)?.[1] ?? "";
    const said = answer(key);
    if (said === undefined) return;
    await connection.write(Buffer.from(said));
    const made = wrap(connection, head, rest, () => close(connection));
    const next = waiting.shift();
    if (next === undefined) upgraded.push(made);
    else next(made);
  }

  const serving = (async () => {
    for await (const connection of listener) {
      serve(connection).catch(() => close(connection));
    }
  })();

  return {
    port: listener.addr.port,
    url: `ws://127.0.0.1:${listener.addr.port}/v1/data-channel/s?role=a%2Bb`,
    accept() {
      const first = upgraded.shift();
      return first === undefined
        ? new Promise((resolve) => waiting.push(resolve))
        : Promise.resolve(first);
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
      for (const connection of [...open]) close(connection);
    },
  };
}

/** The answer that accepts the upgrade. */
export function upgradeAnswer(key: string): string {
  const accept = createHash("sha1")
    .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
    `Connection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

/** A frame as a server writes it. */
export function serverFrame(
  opcode: number,
  payload: string | Uint8Array,
  final = true,
): Uint8Array {
  const body = Buffer.from(payload);
  const head = Buffer.alloc(
    body.length < 126 ? 2 : body.length < 65_536 ? 4 : 10,
  );
  head[0] = (final ? 0x80 : 0) | opcode;
  head[1] = head.length === 2 ? body.length : head.length === 4 ? 126 : 127;
  if (head.length === 4) head.writeUInt16BE(body.length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(body.length), 2);
  return Buffer.concat([head, body]);
}

async function readRequest(
  connection: Deno.Conn,
): Promise<{ readonly head: string; readonly rest: Buffer }> {
  let bytes = Buffer.alloc(0);
  const chunk = new Uint8Array(4096);
  for (;;) {
    const count = await connection.read(chunk);
    if (count === null) throw new Error("no request");
    bytes = Buffer.concat([bytes, chunk.subarray(0, count)]);
    const end = bytes.indexOf("\r\n\r\n");
    if (end >= 0) {
      return {
        head: bytes.toString("latin1", 0, end),
        rest: bytes.subarray(end + 4),
      };
    }
  }
}

function wrap(
  connection: Deno.Conn,
  head: string,
  rest: Buffer,
  close: () => void,
): ServerConnection {
  let held = rest;
  const chunk = new Uint8Array(65_536);
  return {
    head: head.split("\r\n"),
    async nextFrame() {
      for (;;) {
        const frame = takeFrame(held);
        if (frame !== undefined) {
          held = held.subarray(frame.size);
          return frame.frame;
        }
        const count = await connection.read(chunk).catch(() => null);
        if (count === null) return undefined;
        held = Buffer.concat([held, chunk.subarray(0, count)]);
      }
    },
    async write(bytes) {
      for (let at = 0; at < bytes.length;) {
        at += await connection.write(bytes.subarray(at));
      }
    },
    close,
  };
}

function takeFrame(
  bytes: Buffer,
): { readonly frame: SentFrame; readonly size: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes[1]! & 0x7f;
  const start = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < start) return undefined;
  const length = short === 127
    ? Number(bytes.readBigUInt64BE(2))
    : short === 126
    ? bytes.readUInt16BE(2)
    : short;
  const masked = (bytes[1]! & 0x80) !== 0;
  const bodyStart = start + (masked ? 4 : 0);
  if (bytes.length < bodyStart + length) return undefined;
  const mask = bytes.subarray(start, start + 4);
  const payload = Buffer.from(bytes.subarray(bodyStart, bodyStart + length));
  if (masked) payload.forEach((byte, at) => payload[at] = byte ^ mask[at % 4]!);
  return {
    frame: { opcode: bytes[0]! & 0x0f, masked, payload },
    size: bodyStart + length,
  };
}
