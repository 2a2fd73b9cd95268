import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers";
import type { PortProperties } from "./api_context.ts";
import { payloadTypes } from "./message_codec.ts";
import { muxCommands, takeMuxFrames, writeMuxFrame } from "./mux_frames.ts";
import type { SessionTimers } from "./session_timers.ts";

/** The agent's end of a forwarded port. */
export type PortEnd = {
  /** A promise where the agent cannot take more before the destination reads. */
  receive(payloadType: number, payload: Buffer): void | Promise<void>;
  close(): void;
};

/** What it works on. */
export type PortDependencies = {
  readonly timers: SessionTimers;
  /** Time between two messages to the client. */
  readonly intervalMs: number;
  /** Names that the container's resolver knows. */
  readonly hosts: Readonly<Record<string, string>>;
  isPaused(): boolean;
  /** Bytes the client's socket has not taken yet. */
  waiting(): number;
  send(payloadType: number, payload: Uint8Array): void;
  /** The session ends, with an error text or none. */
  finish(output: string): void;
};

const messageSize = 1024;
const readSize = 32_768;
// What the agent takes of the client and its destinations have not read, over all streams.
const budget = 4 * 1024 * 1024;
const mostWaiting = 1_048_576;
const flags = { disconnectToPort: 1, terminateSession: 2, connectError: 3 };
const forbidden = [
  "169.254.169.254",
  "169.254.169.253",
  "169.254.169.123",
  "169.254.169.250",
  "169.254.169.251",
  "fd00:ec2::254",
  "fd00:ec2::253",
];

type Stream = {
  readonly id: number;
  readonly unwritten: Buffer[];
  connection: Deno.TcpConn | undefined;
  clientEnded: boolean;
  over: boolean;
  wake: () => void;
};

/** Opens it: many connections where the document says so, else one whose bytes are passed on as they are. */
export function openPortEnd(
  properties: PortProperties,
  dependencies: PortDependencies,
): PortEnd {
  const { host = "", portNumber, type } = properties;
  const { finish, send, timers } = dependencies;
  const addresses = host === ""
    ? ["::1", "127.0.0.1"]
    : resolveHost(host, dependencies.hosts);
  const streams = new Map<number, Stream>();
  let over = false;
  let unread = 0;
  let awaitRoom: (() => void)[] = [];
  let rest: Buffer = Buffer.alloc(0);
  let dialing: Promise<unknown> = Promise.resolve();
  let sending: Promise<unknown> = Promise.resolve();
  let nextAt = performance.now();

  /** In messages of 1024 bytes, each in its time. */
  function sendBytes(bytes: Buffer): Promise<unknown> {
    return sending = sending.then(async () => {
      for (let at = 0; at < bytes.length && !over; at += messageSize) {
        while (
          !over &&
          (dependencies.isPaused() || dependencies.waiting() > mostWaiting)
        ) await new Promise((resolve) => setTimeout(resolve, 2));
        send(payloadTypes.output, bytes.subarray(at, at + messageSize));
        await pace();
      }
    });
  }

  async function pace(): Promise<void> {
    if (dependencies.intervalMs === 0) {
      return await new Promise((resolve) => setImmediate(resolve));
    }
    nextAt = Math.max(
      nextAt + dependencies.intervalMs,
      performance.now() - 5,
    );
    const ahead = nextAt - performance.now();
    if (ahead > 1) await timers.sleep(ahead);
  }

  async function dial(): Promise<Deno.TcpConn | undefined> {
    for (const hostname of addresses) {
      try {
        return await Deno.connect({ hostname, port: Number(portNumber) });
      } catch {
        // The next address may answer.
      }
    }
    return undefined;
  }

  function openStream(id: number): Stream {
    const stream: Stream = {
      id,
      unwritten: [],
      connection: undefined,
      clientEnded: false,
      over: false,
      wake: () => {},
    };
    streams.set(id, stream);
    return stream;
  }

  /** One dial after the other, as the agent's accept loop has it. */
  function accept(id: number): void {
    if (streams.has(id)) return;
    const stream = openStream(id);
    dialing = dialing.then(async () => {
      if (over) return;
      const connection = await dial();
      if (connection === undefined) {
        const flag = Buffer.alloc(4);
        flag.writeUInt32BE(flags.connectError);
        await (sending = sending.then(() => send(payloadTypes.flag, flag)));
        return await endStream(stream);
      }
      stream.connection = connection;
      if (over) return connection.close();
      void writeOut(stream);
      void readIn(
        stream,
        (bytes) => sendBytes(writeMuxFrame(muxCommands.psh, id, bytes)),
      )
        .then(() => endStream(stream));
    });
  }

  /** Both directions at once: there is no half of a stream. */
  async function endStream(stream: Stream): Promise<void> {
    if (stream.over) return;
    stream.over = true;
    streams.delete(stream.id);
    forget(stream);
    closeQuietly(stream.connection);
    await sendBytes(writeMuxFrame(muxCommands.fin, stream.id));
  }

  function forget(stream: Stream): void {
    for (const bytes of stream.unwritten.splice(0)) giveBack(bytes.length);
    stream.wake();
  }

  function giveBack(count: number): void {
    unread -= count;
    if (unread > budget) return;
    for (const resolve of awaitRoom.splice(0)) resolve();
  }

  async function writeOut(stream: Stream): Promise<void> {
    const connection = stream.connection!;
    try {
      for (;;) {
        const bytes = stream.unwritten[0];
        if (bytes === undefined) {
          if (stream.clientEnded || stream.over) break;
          await new Promise<void>((resolve) => stream.wake = resolve);
          continue;
        }
        for (let at = 0; at < bytes.length;) {
          at += await connection.write(bytes.subarray(at));
        }
        if (stream.unwritten.shift() !== undefined) giveBack(bytes.length);
      }
    } catch {
      // The destination is gone.
    }
    await endStream(stream);
  }

  async function readIn(
    stream: Stream,
    pass: (bytes: Buffer) => Promise<unknown>,
  ): Promise<void> {
    const buffer = Buffer.alloc(readSize);
    try {
      for (;;) {
        const count = await stream.connection!.read(buffer);
        if (count === null) return;
        await pass(Buffer.from(buffer.subarray(0, count)));
      }
    } catch {
      // It was closed on one side or the other.
    }
  }

  function takeData(stream: Stream, data: Buffer): void {
    if (stream.over || data.length === 0) return;
    unread += data.length;
    stream.unwritten.push(Buffer.from(data));
    stream.wake();
  }

  function takeFrames(payload: Buffer): void {
    const taken = takeMuxFrames(Buffer.concat([rest, payload]));
    if (taken === undefined) return finish("invalid protocol");
    rest = taken.rest;
    for (const { command, id, data } of taken.frames) {
      const stream = streams.get(id);
      if (command === muxCommands.syn) accept(id);
      else if (stream === undefined) continue;
      else if (command === muxCommands.psh) takeData(stream, data);
      else if (command === muxCommands.fin) {
        stream.clientEnded = true;
        stream.wake();
      }
    }
  }

  /** Of the one connection without frames, which is dialed at the start. */
  let raw: Stream | undefined;
  async function startRaw(): Promise<void> {
    raw = openStream(0);
    raw.connection = await dial();
    if (raw.connection === undefined) {
      return finish(
        `Unable to connect to specified port: dial tcp 127.0.0.1:${portNumber}: connect: connection refused`,
      );
    }
    void writeOut(raw);
    await readIn(raw, sendBytes);
    await sending;
    finish("");
  }

  const end: PortEnd = {
    receive(payloadType, payload) {
      if (over) return;
      if (payloadType === payloadTypes.flag) {
        if (payload.readUInt32BE(0) !== flags.terminateSession) return;
        end.close();
        return finish("");
      }
      if (payloadType !== payloadTypes.output) return;
      if (type === undefined) {
        if (raw !== undefined) takeData(raw, payload);
      } else takeFrames(payload);
      if (unread <= budget) return;
      return new Promise((resolve) => awaitRoom.push(resolve));
    },
    close() {
      over = true;
      for (const stream of streams.values()) {
        stream.over = true;
        forget(stream);
        closeQuietly(stream.connection);
      }
      streams.clear();
      for (const resolve of awaitRoom.splice(0)) resolve();
      awaitRoom = [];
    },
  };
  const problem = forbidden.includes(host)
    ? `Forwarding to IP address ${host} is forbidden.`
    : portNumber === ""
    ? "Port number is empty in session properties."
    : undefined;
  if (problem !== undefined) timers.after(() => finish(problem), 0);
  else if (type === undefined) void startRaw();
  return end;
}

/** Asked once, as the session starts; a name that is not known has no address. */
function resolveHost(
  host: string,
  hosts: Readonly<Record<string, string>>,
): readonly string[] {
  if (/^[\d.]+$|:/.test(host)) return [host];
  if (host === "localhost") return ["127.0.0.1"];
  const address = hosts[host];
  return address === undefined ? [] : [address];
}

function closeQuietly(connection: Deno.TcpConn | undefined): void {
  try {
    connection?.close();
  } catch {
    // It is closed.
  }
}
