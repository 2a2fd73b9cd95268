import type { Buffer } from "node:buffer";
import type { WebSocket } from "ws";
import { makeFaultyLink } from "./link_faults.ts";
import type { SandboxOptions } from "./sandbox_options.ts";
import type { Random } from "./seeded_random.ts";

/** One client's socket, with the faults of the link behind it. */
export type Connection = {
  /** Sends a frame that may get lost on the way. */
  send(frame: Uint8Array): void;
  /** Sends what the service itself sends, which no link fault touches. */
  sendSafely(frame: Uint8Array | string): void;
  /** Bytes that the socket has not taken yet. */
  waiting(): number;
  /** Stops and starts the taking of frames, and with it the answering of pings. */
  setReading(reading: boolean): void;
  /** Ends it without a goodbye. */
  cut(): void;
};

/** What a connection tells its session. */
export type ConnectionEvents = {
  onFrame(frame: Buffer): void;
  onClose(): void;
};

/** Takes over a socket whose token was good. Cuts it after `cutAfter` frames, if given. */
export function makeConnection(
  socket: WebSocket,
  options: SandboxOptions,
  random: Random,
  cutAfter: number | undefined,
  events: ConnectionEvents,
): Connection {
  let left = cutAfter ?? Infinity;
  let open = true;
  let reading = true;
  // Frames that wait here and not in the kernel: a socket of Deno 2.7 that is
  // paused and resumed delivers its bytes out of order. The client's window
  // bounds how many there can be.
  const unread: (() => void)[] = [];

  function countFrame(): void {
    if (--left <= 0) cut();
  }

  /** The socket's own word comes late: a client may be back before it. */
  function cut(): void {
    socket.terminate();
    end();
  }

  function end(): void {
    if (!open) return;
    open = false;
    outward.close();
    inward.close();
    clearInterval(pings);
    events.onClose();
  }

  function whenReading(take: () => void): void {
    if (reading) take();
    else unread.push(take);
  }

  const outward = makeFaultyLink<Uint8Array>(options, random, (frame) => {
    if (!open) return;
    socket.send(frame);
    countFrame();
  });
  const inward = makeFaultyLink<Buffer>(options, random, (frame) => {
    if (!open) return;
    events.onFrame(frame);
    countFrame();
  });
  socket.on("message", (data: Buffer, isBinary: boolean) => {
    // A text frame after the token means nothing to the agent.
    if (!isBinary) return;
    whenReading(() => inward.pass(data));
  });
  socket.on("ping", (data: Buffer) => {
    whenReading(() => {
      if (open) socket.pong(data);
    });
  });
  socket.on("error", () => {});
  socket.on("close", end);
  const pings = setInterval(() => {
    if (open) socket.ping("keepalive");
  }, options.pingMs);

  return {
    send: outward.pass,
    sendSafely(frame) {
      if (open) socket.send(frame);
    },
    waiting: () => open ? socket.bufferedAmount : 0,
    setReading(wanted) {
      reading = wanted;
      while (reading && unread.length > 0) unread.shift()!();
    },
    cut,
  };
}
