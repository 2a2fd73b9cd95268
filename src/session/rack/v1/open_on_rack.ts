import { tameText } from "../../../aws/tame_text.ts";
import {
  type ErrorCode,
  ERRORS,
  messageOf,
  PortholeError,
} from "../../../errors.ts";
import type { RawSocket, SocketEvents } from "../../channel/connect_socket.ts";
import { watchSilence } from "../../channel/watch_silence.ts";
import type { StreamSession } from "../../session.ts";
import type { LastWord } from "./last_word.ts";
import {
  decodeRackMessage,
  encodeClientMessage,
  type RackMessage,
} from "./messages.ts";
import type { OpenRequest } from "./open_request.ts";
import type { Handoff, Opened } from "./opened.ts";
import { ProtocolError } from "./protocol.ts";
import { createRelaySession, type RelaySession } from "./relay_session.ts";

/** What a rack has granted. */
export type RackGrant =
  /** The client joins it by itself; the line to the rack has been left. */
  | { readonly kind: "handoff"; readonly handoff: Handoff }
  | {
    readonly kind: "relay";
    readonly opened: Opened;
    readonly session: StreamSession;
  };

/** A rack's own refusal: nothing has run. */
export class RackRefused extends PortholeError {
  /** The same may be granted in a moment. */
  readonly retry: boolean;
  constructor(
    code: ErrorCode,
    message: string,
    { hint, retry }: {
      readonly hint?: string | undefined;
      readonly retry: boolean;
    },
  ) {
    super(code, message, { hint });
    this.retry = retry;
  }
}

/** What it needs of the outside. */
export interface RackLineDeps {
  /** Opens the socket, which speaks porthole.rack.v1. */
  readonly dial: (events: SocketEvents) => Promise<RawSocket>;
  readonly now: () => number;
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly rackName: string;
  /** Left before there is an answer when it aborts. */
  readonly signal: AbortSignal;
}

const PING_EVERY_MS = 20_000;
const DEAD_AFTER_MS = 55_000;
/** A rack waits 30 s for an agent, and asks AWS before and after. */
const ANSWER_MS = 120_000;

/**
 * Asks a rack for a session over a line of its own.
 *
 * @throws RackRefused where the rack says why not; PortholeError session_refused for what is no answer of a rack's,
 * session_lost where the line breaks first; what `dial` throws.
 */
export async function openOnRack(
  request: OpenRequest,
  deps: RackLineDeps,
): Promise<RackGrant> {
  const opening = encodeClientMessage({ kind: "open", request });
  const granted = Promise.withResolvers<RackGrant>();
  let session: RelaySession | undefined;
  let reading = true;
  let over = false;
  /** What comes while the socket is on its way to us; undefined once it is here. */
  let early: (() => void)[] | undefined = [];

  const refuse = (because: string) =>
    new PortholeError("session_refused", {
      cannot: `open a session over rack "${deps.rackName}"`,
      because,
    });

  function leave(): void {
    if (over) return;
    over = true;
    clearInterval(pings);
    silence.stop();
    socket.close();
  }

  /** However the line ends: what was not told by then is no status. */
  function lose(reason: string): void {
    if (over) return;
    leave();
    granted.reject(
      new PortholeError("session_lost", {
        cannot: `open a session over rack "${deps.rackName}"`,
        because: `the line broke before its answer: ${tameText(reason)}`,
      }),
    );
    session?.lose(reason);
  }

  function distrust(error: unknown): void {
    if (over) return;
    const why = error instanceof ProtocolError
      ? error.message
      : messageOf(error);
    leave();
    granted.reject(refuse(`it does not keep to the protocol: ${why}`));
    session?.lose(`the rack does not keep to the protocol: ${why}`);
  }

  function receive(message: RackMessage): void {
    if (over) return;
    if (session !== undefined) {
      if (message.kind === "opened" || message.kind === "handoff") {
        throw new ProtocolError("a session was opened twice");
      }
      session.receive(message);
      if (message.kind === "last_word") leave();
      return;
    }
    switch (message.kind) {
      case "handoff":
        if (!request.carriers.includes("handoff")) {
          throw new ProtocolError("a hand-off was not asked for");
        }
        leave();
        return granted.resolve({ kind: "handoff", handoff: message.handoff });
      case "opened": {
        const { opened } = message;
        if (!request.carriers.includes("relay")) {
          throw new ProtocolError("a relay was not asked for");
        }
        session = createRelaySession({
          send: (message) => {
            if (!over) socket.send(encodeClientMessage(message));
          },
          waiting: () => over ? 0 : socket.waiting(),
          drained: () => socket.drained(),
          setReading(wanted) {
            reading = wanted;
            silence.heard();
            if (wanted) socket.resume();
            else socket.pause();
          },
          close: leave,
        }, {
          bare: request.bare,
          sleep: deps.sleep,
          explain: (word) => explainRefusal(word, deps.rackName),
        });
        return granted.resolve({
          kind: "relay",
          opened,
          session: session.stream,
        });
      }
      case "last_word":
        leave();
        return granted.reject(
          message.word.kind === "error"
            ? explainRefusal(message.word, deps.rackName)
            : refuse("it ended the session before it was opened"),
        );
      case "credit":
      case "stdout":
      case "stderr":
      case "output_end":
        throw new ProtocolError("data came before a session was opened");
    }
  }

  const silence = watchSilence(DEAD_AFTER_MS, {
    now: deps.now,
    onSilent(silenceMs) {
      // A line that we do not read from cannot be heard.
      if (!reading) return silence.heard();
      lose(`nothing was heard for ${silenceMs / 1000} s`);
    },
  });
  const inOrder = (happen: () => void) => early?.push(happen) ?? happen();
  let socket: RawSocket;
  try {
    socket = await deps.dial({
      onAlive: () => silence.heard(),
      onText: () => inOrder(() => distrust(new ProtocolError("a text came"))),
      onBinary(bytes) {
        // They are overwritten when this returns.
        const kept = early === undefined ? bytes : Uint8Array.from(bytes);
        inOrder(() => {
          try {
            receive(decodeRackMessage(kept));
          } catch (error) {
            distrust(error);
          }
        });
      },
      onClose: (reason) => inOrder(() => lose(reason)),
    });
  } catch (error) {
    silence.stop();
    throw error;
  }
  const pings = setInterval(() => socket.ping(), PING_EVERY_MS);
  const answered = new AbortController();
  void deps.sleep(ANSWER_MS, answered.signal).then(() => {
    if (!answered.signal.aborted) {
      lose(`nothing was answered within ${ANSWER_MS / 1000} s`);
    }
  });
  const giveUp = () => lose("it was left");
  deps.signal.addEventListener("abort", giveUp, { once: true });
  if (deps.signal.aborted) giveUp();
  try {
    const happened = early;
    early = undefined;
    if (!over) socket.send(opening);
    for (const happen of happened) happen();
    return await granted.promise;
  } finally {
    answered.abort();
    deps.signal.removeEventListener("abort", giveUp);
  }
}

/** A rack's error, by its code where that is one of porthole's; its text is made fit for a terminal. */
function explainRefusal(
  { code, message, hint, retry }: Extract<LastWord, { kind: "error" }>,
  rackName: string,
): RackRefused {
  return new RackRefused(
    isErrorCode(code) ? code : "rack_refused",
    tameText(message) || `Rack "${rackName}" gave no reason`,
    { hint: hint === undefined ? undefined : tameText(hint), retry },
  );
}

/** Those that say what this side did are no rack's to use. */
function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code) && code !== "cancelled" &&
    code !== "usage" && code !== "internal";
}
