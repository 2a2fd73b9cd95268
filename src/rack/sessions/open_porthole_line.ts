import { messageOf } from "../../errors.ts";
import type {
  RawSocket,
  SocketEvents,
} from "../../session/channel/connect_socket.ts";
import { watchSilence } from "../../session/channel/watch_silence.ts";
import {
  type ClientMessage,
  decodeClientMessage,
  encodeRackMessage,
  type RackMessage,
} from "../../session/rack/v1/messages.ts";
import type { OpenRequest } from "../../session/rack/v1/open_request.ts";
import {
  FIRST_CREDIT,
  ProtocolError,
  WHOLE_WITHIN_MS,
} from "../../session/rack/v1/protocol.ts";

/** A line to a client of porthole's own. */
export interface PortholeLine {
  /**
   * Resolves with what the client asks for.
   *
   * @throws ProtocolError for what comes in its place, or not within 10 s.
   */
  readonly request: Promise<OpenRequest>;
  /** Aborted when the client is gone, or is not to be listened to any more; its reason is a text. */
  readonly gone: AbortSignal;
  /** Hears what follows on the request; what has come by now is told at once. */
  follow(handler: (message: ClientMessage) => void): void;
  /** Resolves when there is room for more. */
  send(message: RackMessage): Promise<void>;
  /** Gives the client room for so many more bytes of stdin. */
  give(bytes: number): void;
  close(): void;
}

const PING_EVERY_MS = 20_000;
/** Looks are 5 s apart: a client that vanished is gone after 60 s. */
const DEAD_AFTER_MS = 55_000;
const HIGH_WATER = 256 * 1024;
/** Sizes and cancels that may come before anybody hears them. */
const MOST_EARLY = 64;

/** Makes a line of a socket that was just accepted. */
export function openPortholeLine(
  accept: (events: SocketEvents) => RawSocket,
  { now, sleep }: {
    readonly now: () => number;
    readonly sleep: (
      milliseconds: number,
      signal?: AbortSignal,
    ) => Promise<void>;
  },
): PortholeLine {
  const request = Promise.withResolvers<OpenRequest>();
  // Nobody may be waiting for it when the client leaves.
  request.promise.catch(() => {});
  const gone = new AbortController();
  let asked = false;
  let credit = FIRST_CREDIT;
  let inputEnded = false;
  let handler: ((message: ClientMessage) => void) | undefined;
  let early: ClientMessage[] = [];

  function lose(reason: string): void {
    if (gone.signal.aborted) return;
    gone.abort(reason);
    clearInterval(pings);
    silence.stop();
    request.reject(new ProtocolError(reason));
  }

  function receive(message: ClientMessage): void {
    if ((message.kind === "open") === asked) {
      throw new ProtocolError(
        asked ? "a session was asked for twice" : "no session was asked for",
      );
    }
    if (message.kind === "open") {
      asked = true;
      return request.resolve(message.request);
    }
    if (message.kind === "stdin" || message.kind === "stdin_end") {
      if (inputEnded) throw new ProtocolError("input came behind its end");
      inputEnded = message.kind === "stdin_end";
    }
    if (message.kind === "stdin") {
      credit -= message.bytes.length;
      if (credit < 0) throw new ProtocolError("input came beyond its credit");
    }
    if (handler !== undefined) return handler(message);
    if (early.length === MOST_EARLY) {
      throw new ProtocolError("too much came before the session was opened");
    }
    early.push(
      message.kind === "stdin"
        ? { ...message, bytes: Uint8Array.from(message.bytes) }
        : message,
    );
  }

  const silence = watchSilence(DEAD_AFTER_MS, {
    now,
    onSilent: (silenceMs) =>
      lose(`nothing was heard for ${silenceMs / 1000} s`),
  });
  const socket = accept({
    onAlive: () => silence.heard(),
    onText: () => lose("a text came"),
    onBinary(bytes) {
      if (gone.signal.aborted) return;
      try {
        receive(decodeClientMessage(bytes));
      } catch (error) {
        lose(
          error instanceof ProtocolError ? error.message : messageOf(error),
        );
      }
    },
    onClose: lose,
  });
  const pings = setInterval(() => socket.ping(), PING_EVERY_MS);
  void sleep(WHOLE_WITHIN_MS, gone.signal).then(() => {
    if (!asked) lose("no session was asked for in time");
  });

  return {
    request: request.promise,
    gone: gone.signal,
    follow(wanted) {
      handler = wanted;
      for (const message of early.splice(0)) wanted(message);
      early = [];
    },
    async send(message) {
      if (gone.signal.aborted) return;
      socket.send(encodeRackMessage(message));
      while (socket.waiting() > HIGH_WATER && !gone.signal.aborted) {
        await socket.drained();
      }
    },
    give(bytes) {
      if (gone.signal.aborted) return;
      credit += bytes;
      socket.send(encodeRackMessage({ kind: "credit", bytes }));
    },
    close() {
      lose("it was left");
      socket.close();
    },
  };
}
