import type {
  RawSocket,
  SocketEvents,
} from "../../../../src/session/channel/connect_socket.ts";

/** Two ends of a line in memory; what one sends the other hears, in order, a little later. */
export interface SocketPair {
  readonly dial: (events: SocketEvents) => Promise<RawSocket>;
  readonly accept: (events: SocketEvents) => RawSocket;
  /** How many bytes of messages have gone each way. */
  readonly sent: { client: number; server: number };
  /** The line breaks for both. */
  cut(): void;
}

interface End {
  events: SocketEvents | undefined;
  paused: boolean;
  closed: boolean;
  readonly waiting: (() => void)[];
  bytes: number;
  readonly drained: (() => void)[];
}

/** Makes a line that nobody has dialed yet. */
export function createSocketPair(): SocketPair {
  const make = (): End => ({
    events: undefined,
    paused: false,
    closed: false,
    waiting: [],
    bytes: 0,
    drained: [],
  });
  const client = make();
  const server = make();
  const sent = { client: 0, server: 0 };

  function deliver(to: End): void {
    setTimeout(() => {
      while (!to.paused && to.events !== undefined && to.waiting.length > 0) {
        to.waiting.shift()!();
      }
    });
  }

  function close(end: End, reason: string | undefined): void {
    if (end.closed) return;
    end.closed = true;
    for (const tell of end.drained.splice(0)) tell();
    if (reason !== undefined) end.events?.onClose(reason);
  }

  function socketOf(
    own: End,
    other: End,
    name: "client" | "server",
  ): RawSocket {
    const send = (bytes: Uint8Array, isText: boolean) => {
      if (own.closed) return;
      sent[name] += bytes.length;
      own.bytes += bytes.length;
      const copy = Uint8Array.from(bytes);
      other.waiting.push(() => {
        own.bytes -= copy.length;
        if (own.bytes === 0) {
          for (const tell of own.drained.splice(0)) tell();
        }
        if (other.closed) return;
        other.events?.onAlive();
        if (isText) other.events?.onRawText?.(copy);
        else other.events?.onBinary(copy);
        copy.fill(0);
      });
      deliver(other);
    };
    return {
      send: (data) =>
        send(
          typeof data === "string" ? new TextEncoder().encode(data) : data,
          typeof data === "string",
        ),
      sendRawText: (bytes) => send(bytes, true),
      waiting: () => own.bytes,
      drained: () =>
        own.closed || own.bytes === 0
          ? Promise.resolve()
          : new Promise((resolve) => own.drained.push(resolve)),
      ping() {
        other.waiting.push(() => other.events?.onAlive());
        deliver(other);
      },
      pause: () => void (own.paused = true),
      resume() {
        own.paused = false;
        deliver(own);
      },
      close() {
        close(own, undefined);
        other.waiting.push(() => close(other, "the other side closed"));
        deliver(other);
      },
    };
  }

  return {
    sent,
    accept(events) {
      server.events = events;
      deliver(server);
      return socketOf(server, client, "server");
    },
    dial(events) {
      client.events = events;
      deliver(client);
      return Promise.resolve(socketOf(client, server, "client"));
    },
    cut() {
      close(client, "cut");
      close(server, "cut");
    },
  };
}
