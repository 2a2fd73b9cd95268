import { createHash } from "node:crypto";
import { messageOf } from "../../errors.ts";
import { findProxy, nameProxy, type Proxy } from "../../find_proxy.ts";
import { whenSilentFor } from "../../when_silent_for.ts";
import { parseStreamUrl } from "../parse_stream_url.ts";
import { OWN_LIMITS } from "../session_limits.ts";
import { createByteStore } from "./byte_store.ts";
import { ConnectFailure } from "./connect_failure.ts";
import { openConnection } from "./open_connection.ts";
import { readHead, writeAll } from "./read_head.ts";
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  FrameError,
  LARGEST_MESSAGE,
  Opcode,
  type SocketRole,
} from "./web_socket_frames.ts";

/** One WebSocket connection, with the few things a data channel needs of it. */
export interface Socket {
  /** What the other side does not read is kept up to 8 MiB; what comes then is dropped. */
  send(data: string | Uint8Array): void;
  /** How many bytes have not left yet. */
  waiting(): number;
  ping(): void;
  /** Stops reading, so that the sender feels a slow reader. */
  pause(): void;
  resume(): void;
  close(): void;
}

/** A connection whose text messages may hold any bytes. */
export interface RawSocket extends Socket {
  /** Sends any bytes as a text message, UTF-8 or not; within the limit of `send`. */
  sendRawText(bytes: Uint8Array): void;
  /** Resolves when all that was sent has left, or the connection has ended. */
  drained(): Promise<void>;
}

/** What a connection reports to its owner. */
export interface SocketEvents {
  readonly onText: (text: string) => void;
  /** Gets text messages in the place of `onText`, as the bytes they are; they are overwritten when it returns. */
  readonly onRawText?: (bytes: Uint8Array) => void;
  /** The bytes are overwritten when it returns. */
  readonly onBinary: (bytes: Uint8Array) => void;
  /** The other side is there: a frame, a ping or a pong came. */
  readonly onAlive: () => void;
  /** Called once, for whatever reason it ended, unless we closed it. */
  readonly onClose: (reason: string) => void;
}

/** How to reach the other side. */
export interface SocketOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly env: (name: string) => string | undefined;
  /** PEM certificates to trust beside the usual ones (AWS_CA_BUNDLE). */
  readonly caCertificates?: readonly string[] | undefined;
  readonly connectTimeoutMs: number;
  /** Bytes that are kept of what has not left; default: 8 MiB. */
  readonly mostWaiting?: number | undefined;
}

const READ_SIZE = 64 * 1024;
/** Real messages come in one. */
const MAX_PARTS = 1_000;
const MAX_PONGS_BEHIND = 1024 * 1024;
/** RFC 6455, section 1.3. */
const ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const PROTOCOL_HEADER = "sec-websocket-protocol";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Opens a WebSocket, through the proxy of the environment where one is set.
 *
 * This is a client of our own over Deno's connections: Deno's WebSocket cannot be told to stop
 * reading nor to ping, and under `npm:ws` a paused and resumed connection of Deno 2.7 delivers its
 * bytes out of order.
 *
 * @throws ConnectFailure when it cannot be opened; `ws://` is refused but to loopback. PortholeError
 * where the environment names no usable proxy.
 */
export async function connectSocket(
  address: string,
  events: SocketEvents,
  options: SocketOptions,
): Promise<Socket> {
  const url = parseAddress(address);
  const proxy = findProxy(url, options.env);
  const giveUp = new AbortController();
  const cancel = whenSilentFor(
    options.connectTimeoutMs,
    () => giveUp.abort(),
  );
  try {
    const { connection, rest } = await open(
      url,
      proxy,
      options,
      giveUp.signal,
    );
    return attach(connection, rest, events, "client", options.mostWaiting);
  } catch (error) {
    if (giveUp.signal.aborted) {
      throw new ConnectFailure(
        `no answer within ${options.connectTimeoutMs / 1000} s${
          proxy === undefined ? "" : ` through ${nameProxy(proxy)}`
        }`,
      );
    }
    throw error instanceof ConnectFailure
      ? error
      : new ConnectFailure(messageOf(error));
  } finally {
    cancel();
  }
}

async function open(
  url: URL,
  proxy: Proxy | undefined,
  options: SocketOptions,
  signal: AbortSignal,
): Promise<{ readonly connection: Deno.Conn; readonly rest: Uint8Array }> {
  const secure = url.protocol === "wss:";
  const connection = await openConnection({
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port || (secure ? 443 : 80)),
    secure,
    proxy,
    caCertificates: options.caCertificates,
    signal,
  });
  try {
    return {
      connection,
      rest: await upgrade(connection, url, options.headers),
    };
  } catch (error) {
    if (!signal.aborted) connection.close();
    throw error;
  }
}

/** What a WebSocket is spoken over. */
export type SocketConnection = Pick<Deno.Conn, "read" | "write" | "close">;

/**
 * Makes a WebSocket of a connection that is open already; the connection is the socket's from then on.
 *
 * @throws ConnectFailure where the other side refuses; the connection is then still the caller's to close.
 */
export async function upgradeConnection(
  connection: SocketConnection,
  url: URL,
  headers: Readonly<Record<string, string>>,
  events: SocketEvents,
): Promise<RawSocket> {
  const rest = await upgrade(connection, url, headers);
  return attach(connection, rest, events, "client");
}

/** The `Sec-WebSocket-Accept` that answers a key (RFC 6455, section 4.2.2). */
export function acceptKey(key: string): string {
  return createHash("sha1").update(key + ACCEPT_SUFFIX).digest("base64");
}

/** Makes a WebSocket of a connection whose upgrade a server has just answered; it is the socket's from then on. */
export function serveSocket(
  connection: SocketConnection,
  events: SocketEvents,
): RawSocket {
  return attach(connection, new Uint8Array(0), events, "server");
}

/** Asks for the upgrade; resolves with what came right behind the answer. */
async function upgrade(
  connection: SocketConnection,
  url: URL,
  headers: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const key = crypto.getRandomValues(new Uint8Array(16)).toBase64();
  const lines = [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${key}`,
    ...Object.entries(headers)
      .filter(([name]) => name.toLowerCase() !== "host")
      .map(([name, value]) => `${name}: ${value}`),
  ];
  await writeAll(connection, encoder.encode(`${lines.join("\r\n")}\r\n\r\n`));
  const { head, rest } = await readHead(connection);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
  if (status !== 101) {
    throw new ConnectFailure(
      `the answer was HTTP ${status || "nonsense"}`,
      status || undefined,
      decoder.decode(rest),
    );
  }
  const accepted = /^sec-websocket-accept:[ \t]*(\S+)/im.exec(head)?.[1];
  if (
    accepted !== acceptKey(key)
  ) {
    throw new ConnectFailure("the answer is not a WebSocket's");
  }
  const named = (name: string) => name.toLowerCase() === PROTOCOL_HEADER;
  const asked = Object.entries(headers).find(([name]) => named(name))?.[1];
  const chosen = /^sec-websocket-protocol:[ \t]*(\S+)/im.exec(head)?.[1];
  if (chosen !== asked) {
    throw new ConnectFailure(
      asked === undefined
        ? "the answer chooses a protocol that was not asked for"
        : `the answer does not choose ${asked}`,
    );
  }
  return rest;
}

function attach(
  connection: SocketConnection,
  rest: Uint8Array,
  events: SocketEvents,
  role: SocketRole,
  mostWaiting: number = OWN_LIMITS.outgoing,
): RawSocket {
  let closed = false;
  let resumed:
    | { readonly promise: Promise<void>; readonly resolve: () => void }
    | undefined;
  const outgoing = createByteStore();
  /** How many bytes the write takes that is under way; 0 when there is none. */
  let leaving = 0;
  const whenDrained: (() => void)[] = [];
  let parts: Frame[] = [];
  let partsLength = 0;

  function end(reason: string | undefined): void {
    if (closed) return;
    closed = true;
    resumed?.resolve();
    tellDrained();
    try {
      connection.close();
    } catch {
      // Deno closes a connection whose reading or writing failed.
    }
    if (reason !== undefined) events.onClose(reason);
  }

  // --- receiving

  async function readFrames(): Promise<void> {
    let buffer = new Uint8Array(Math.max(READ_SIZE, rest.length));
    buffer.set(rest);
    let filled = rest.length;
    for (;;) {
      const used = consume(buffer.subarray(0, filled));
      buffer.copyWithin(0, used, filled);
      filled -= used;
      if (filled === buffer.length) {
        const larger = new Uint8Array(2 * filled);
        larger.set(buffer);
        buffer = larger;
      }
      await resumed?.promise;
      if (closed) return;
      const count = await connection.read(buffer.subarray(filled));
      if (count === null) return end("the other side closed the connection");
      filled += count;
    }
  }

  /** Handles every whole frame; returns how many bytes they took. */
  function consume(bytes: Uint8Array): number {
    let at = 0;
    for (
      let next = decodeFrame(bytes, role);
      next !== undefined && !closed;
      next = decodeFrame(bytes.subarray(at), role)
    ) {
      at += next.size;
      events.onAlive();
      handle(next.frame);
    }
    return at;
  }

  function handle(frame: Frame): void {
    switch (frame.opcode) {
      case Opcode.ping:
        // Who does not read its answers gets no more of them.
        if (waiting() > MAX_PONGS_BEHIND) return;
        return sendFrame(Opcode.pong, frame.payload);
      case Opcode.pong:
        return;
      case Opcode.close:
        return end(describeClose(frame.payload));
      default:
        return handleData(frame);
    }
  }

  function handleData(frame: Frame): void {
    if ((frame.opcode === Opcode.continuation) !== (parts.length > 0)) {
      throw new FrameError("it is not the part that was due");
    }
    if (!frame.final || parts.length > 0) {
      parts.push({ ...frame, payload: new Uint8Array(frame.payload) });
      partsLength += frame.payload.length;
      if (partsLength > LARGEST_MESSAGE[role] || parts.length > MAX_PARTS) {
        throw new FrameError("its parts have no end");
      }
      if (!frame.final) return;
    }
    const opcode = parts[0]?.opcode ?? frame.opcode;
    const payload = parts.length === 0 ? frame.payload : join(parts);
    parts = [];
    partsLength = 0;
    if (opcode !== Opcode.text) events.onBinary(payload);
    else if (events.onRawText !== undefined) events.onRawText(payload);
    else events.onText(decoder.decode(payload));
  }

  // --- sending

  const waiting = () => outgoing.length() + leaving;

  /**
   * Drops what no longer fits. The other side is not reading: what matters of it is sent again by the
   * data channel, and answering pings would only fill the memory of one who sends nothing else.
   */
  function sendFrame(opcode: number, payload: Uint8Array): void {
    if (closed || waiting() + payload.length > mostWaiting) return;
    outgoing.add(encodeFrame(opcode, payload, role));
    if (leaving === 0) writeFrames().catch((error) => end(messageOf(error)));
  }

  /** Frames that gathered while one write was under way leave together. */
  async function writeFrames(): Promise<void> {
    while (outgoing.length() > 0 && !closed) {
      leaving = outgoing.length();
      await writeAll(connection, outgoing.take());
    }
    leaving = 0;
    tellDrained();
  }

  function tellDrained(): void {
    for (const tell of whenDrained.splice(0)) tell();
  }

  readFrames().catch((error) =>
    end(
      error instanceof FrameError
        ? `a frame cannot be read: ${error.message}`
        : messageOf(error),
    )
  );

  return {
    send: (data) =>
      typeof data === "string"
        ? sendFrame(Opcode.text, encoder.encode(data))
        : sendFrame(Opcode.binary, data),
    sendRawText: (bytes) => sendFrame(Opcode.text, bytes),
    waiting,
    drained: () =>
      closed || waiting() === 0
        ? Promise.resolve()
        : new Promise((resolve) => whenDrained.push(resolve)),
    ping: () => sendFrame(Opcode.ping, encoder.encode("keepalive")),
    pause: () => resumed ??= Promise.withResolvers<void>(),
    resume() {
      resumed?.resolve();
      resumed = undefined;
    },
    close: () => end(undefined),
  };
}

function parseAddress(address: string): URL {
  const parsed = parseStreamUrl(address);
  if (parsed.kind === "url") return parsed.url;
  throw new ConnectFailure(parsed.reason);
}

function describeClose(payload: Uint8Array): string {
  if (payload.length < 2) {
    return "the other side closed the session's connection";
  }
  const code = new DataView(payload.buffer, payload.byteOffset).getUint16(0);
  const reason = decoder.decode(payload.subarray(2));
  return `closed with code ${code}${reason === "" ? "" : ` ("${reason}")`}`;
}

function join(frames: readonly Frame[]): Uint8Array {
  const store = createByteStore();
  for (const { payload } of frames) store.add(payload);
  return store.take();
}
