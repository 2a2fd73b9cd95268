import { messageOf, PortholeError } from "../../errors.ts";
import { createAcknowledgements } from "./acknowledgements.ts";
import type { Socket, SocketEvents } from "./connect_socket.ts";
import {
  type CreateDataKey,
  createHandshake,
  readCustomerMessage,
} from "./handshake.ts";
import { CLIENT_VERSION } from "./handshake.ts";
import {
  decodeMessage,
  encodeMessage,
  MalformedMessage,
  type Message,
  PayloadType,
} from "./message.ts";
import { ConnectFailure } from "./connect_failure.ts";
import { createReceiveOrder } from "./receive_order.ts";
import { createSendWindow } from "./send_window.ts";

/** How the channel ended: the agent closed it, we did, or it was lost for a reason. */
export type ChannelEnd =
  /** `text` is empty for a normal end, else the agent's error text. */
  | { readonly kind: "closed"; readonly text: string }
  | { readonly kind: "abandoned" }
  | { readonly kind: "lost"; readonly reason: unknown };

/** The connection broke, and the session could not be resumed over another: `cause` says why. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
  }
}

/** An open data channel of Session Manager: ordered bytes both ways, over connections that may break. */
export interface DataChannel {
  /** Sends input; resolves when the window has room for more. */
  write(input: Uint8Array): Promise<void>;
  /** Sends one short message without waiting for room: a key, a size. */
  send(payloadType: number, payload: Uint8Array): void;
  /** Stops or goes on reading from the connection. */
  setReading(reading: boolean): void;
  /** Drops the connection and all that is unsent. */
  close(): void;
  readonly end: Promise<ChannelEnd>;
}

/** What a data channel needs of the outside. */
export interface ChannelDeps {
  /** Dials the stream URL, signed with credentials that are valid now. */
  readonly connect: (events: SocketEvents) => Promise<Socket>;
  /** A new token for the same session; undefined when AWS has ended it. */
  readonly resume: () => Promise<string | undefined>;
  readonly createDataKey: CreateDataKey;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly random: () => number;
}

/** What a data channel tells its owner, in order. */
export interface ChannelEvents {
  readonly onOutput: (payload: Uint8Array) => void;
  /** A text the administrator shows at the start of sessions. */
  readonly onNotice: (text: string) => void;
  /** The connection broke (`reason`) or is back (undefined). */
  readonly onInterruption: (reason: string | undefined) => void;
}

/** Payloads of input stay at what AWS's client sends at most. */
const MAX_INPUT_PAYLOAD = 1024;
const PING_EVERY_MS = 20_000;
/** AWS's side answers pings, and pings itself every 54 s: silence for this long is a dead line. */
const DEAD_AFTER_MS = 65_000;
const CONNECT_ATTEMPTS = 3;
/** How often a line may fail in a row; one that brought data, or held out a while, starts anew. */
const RECONNECT_ATTEMPTS = 8;
const MAX_BACKOFF_MS = 5_000;
/** Acknowledgements change what falls due, so the timer looks again after this long. */
const RESEND_LOOK_MS = 100;

const decoder = new TextDecoder();

/**
 * Opens the data channel of a session and keeps it open across broken connections.
 *
 * @throws ConnectFailure, or what signing throws, when it cannot be opened in the first place.
 */
export async function openDataChannel(
  tokenValue: string,
  deps: ChannelDeps,
  events: ChannelEvents,
): Promise<DataChannel> {
  const clientId = crypto.randomUUID();
  const order = createReceiveOrder();
  const acknowledgements = createAcknowledgements();
  const window = createSendWindow();
  const handshake = createHandshake(deps.createDataKey);
  const { promise: end, resolve: resolveEnd } = Promise.withResolvers<
    ChannelEnd
  >();

  let socket: Socket | undefined;
  let ended = false;
  let reading = true;
  let lastAlive = deps.now();
  let connectedAt = lastAlive;
  let failures = 0;
  let resendTimer: ReturnType<typeof setTimeout> | undefined;
  let waitingForRoom: (() => void)[] = [];

  function finish(how: ChannelEnd): void {
    if (ended) return;
    ended = true;
    clearTimeout(resendTimer);
    clearInterval(pingTimer);
    socket?.close();
    releaseWriters();
    resolveEnd(how);
  }

  function releaseWriters(): void {
    const writers = waitingForRoom;
    waitingForRoom = [];
    for (const release of writers) release();
  }

  // --- receiving

  function receive(bytes: Uint8Array): void {
    if (ended) return;
    try {
      handle(decodeMessage(bytes));
      failures = 0;
    } catch (error) {
      finish({ kind: "lost", reason: error });
    }
  }

  function handle(message: Message): void {
    switch (message.type) {
      case "output_stream_data": {
        const { acknowledge, deliver } = order.accept(message);
        if (acknowledge) {
          // Written before it is known whether there is a connection: the next one repeats it.
          const frame = acknowledgements.write(message, deps.now());
          socket?.send(frame);
        }
        for (const next of deliver) handlePayload(next);
        return;
      }
      case "acknowledge": {
        window.acknowledge(
          readAcknowledgedSequence(message.payload),
          deps.now(),
        );
        if (waitingForRoom.length > 0 && window.hasRoom()) releaseWriters();
        return;
      }
      case "channel_closed": {
        const text = readClosingText(message.payload);
        finish(
          text === "" && order.hasGap()
            ? { kind: "lost", reason: missingOutput() }
            : { kind: "closed", text },
        );
        return;
      }
      default:
        // start_publication, pause_publication and what a later agent may add need no answer.
        return;
    }
  }

  /** An agent that missed some would resend their frames one every 100 ms, and in the end not at all. */
  function repeatAcknowledgements(): void {
    for (const frame of acknowledgements.recent()) socket?.send(frame);
  }

  function handlePayload(message: Message): void {
    switch (message.payloadType) {
      case PayloadType.output: {
        const encryption = handshake.encryption();
        events.onOutput(
          encryption ? encryption.decrypt(message.payload) : message.payload,
        );
        return;
      }
      case PayloadType.handshakeRequest:
        handshake.answerRequest(message.payload).then(
          (reply) => send(reply.payloadType, reply.payload),
          (error) => finish({ kind: "lost", reason: error }),
        );
        return;
      case PayloadType.challengeRequest: {
        const reply = handshake.answerChallenge(message.payload);
        send(reply.payloadType, reply.payload);
        return;
      }
      case PayloadType.handshakeComplete: {
        const text = readCustomerMessage(message.payload);
        if (text !== "") events.onNotice(text);
        return;
      }
      default:
        return;
    }
  }

  // --- sending

  function send(payloadType: number, payload: Uint8Array): void {
    if (ended) return;
    const encryption = payloadType === PayloadType.output
      ? handshake.encryption()
      : undefined;
    const now = deps.now();
    const sequence = window.nextSequence();
    const frame = encodeMessage({
      type: "input_stream_data",
      createdAt: now,
      sequence,
      flags: 0,
      id: crypto.randomUUID(),
      payloadType,
      payload: encryption ? encryption.encrypt(payload) : payload,
    });
    window.add(sequence, frame, now);
    socket?.send(frame);
    armResend();
  }

  function armResend(): void {
    if (resendTimer !== undefined || socket === undefined) return;
    const due = window.nextDue();
    if (due === undefined) return;
    const delay = Math.max(10, Math.min(RESEND_LOOK_MS, due - deps.now()));
    resendTimer = setTimeout(() => {
      resendTimer = undefined;
      for (const frame of window.takeDue(deps.now())) socket?.send(frame);
      armResend();
    }, delay);
  }

  async function write(input: Uint8Array): Promise<void> {
    for (let offset = 0; offset < input.length; offset += MAX_INPUT_PAYLOAD) {
      while (!ended && !window.hasRoom()) {
        await new Promise<void>((resolve) => waitingForRoom.push(resolve));
      }
      send(
        PayloadType.output,
        input.subarray(offset, offset + MAX_INPUT_PAYLOAD),
      );
    }
  }

  // --- connecting

  async function connect(token: string): Promise<void> {
    let established = false;
    let closedBecause: string | undefined;
    const connection = await deps.connect({
      onAlive: () => lastAlive = deps.now(),
      onBinary: receive,
      onText: (text) =>
        finish({
          kind: "lost",
          reason: new MalformedMessage(
            `a text of ${text.length} characters came where data is due`,
          ),
        }),
      onClose: (reason) => {
        closedBecause = reason;
        if (established) reconnect(reason);
      },
    });
    if (closedBecause !== undefined) throw new ConnectFailure(closedBecause);
    if (ended) return connection.close();
    established = true;
    socket = connection;
    connectedAt = lastAlive = deps.now();
    socket.send(JSON.stringify({
      MessageSchemaVersion: "1.0",
      RequestId: crypto.randomUUID(),
      TokenValue: token,
      ClientId: clientId,
      ClientVersion: CLIENT_VERSION,
    }));
    socket.ping();
    if (!reading) socket.pause();
  }

  async function reconnect(reason: string): Promise<void> {
    if (ended) return;
    socket = undefined;
    clearTimeout(resendTimer);
    resendTimer = undefined;
    if (deps.now() - connectedAt > DEAD_AFTER_MS) failures = 0;
    events.onInterruption(reason);
    let lastFailure: unknown = new Error(reason);
    while (failures < RECONNECT_ATTEMPTS) {
      await deps.sleep(backoff(failures++));
      if (ended) return;
      try {
        const token = await deps.resume();
        if (ended) return;
        if (token === undefined) {
          finish({
            kind: "lost",
            reason: new ConnectionLost("AWS has ended the session"),
          });
          return;
        }
        await connect(token);
        if (ended) return;
        // Nobody knows what of our frames arrived: all of them go out again.
        repeatAcknowledgements();
        window.expireAll(deps.now());
        armResend();
        events.onInterruption(undefined);
        return;
      } catch (error) {
        lastFailure = error;
        // Who may not resume will not be allowed to in a moment; credentials may be renewed by then.
        if (isDenied(error)) break;
      }
    }
    finish({ kind: "lost", reason: new ConnectionLost(lastFailure) });
  }

  // All attempts together: 12 to 21 s, whatever chance says.
  function backoff(attempt: number): number {
    return Math.min(MAX_BACKOFF_MS, 100 * 2 ** attempt) *
      (0.75 + deps.random() / 2);
  }

  const pingTimer = setInterval(() => {
    socket?.ping();
    const silence = deps.now() - lastAlive;
    if (socket === undefined || !reading || silence <= DEAD_AFTER_MS) return;
    socket.close();
    reconnect(`nothing was heard for ${Math.round(silence / 1000)} s`);
  }, PING_EVERY_MS);

  for (let attempt = 0;; attempt++) {
    try {
      await connect(tokenValue);
      break;
    } catch (error) {
      if (attempt + 1 < CONNECT_ATTEMPTS && isWorthRetrying(error)) {
        await deps.sleep(backoff(attempt));
        continue;
      }
      finish({ kind: "abandoned" });
      throw error;
    }
  }

  return {
    write,
    send,
    setReading(wanted) {
      if (wanted === reading) return;
      reading = wanted;
      lastAlive = deps.now();
      if (reading) socket?.resume();
      else socket?.pause();
    },
    close: () => finish({ kind: "abandoned" }),
    end,
  };
}

function isDenied(error: unknown): boolean {
  return error instanceof PortholeError && error.code === "access_denied";
}

/** A refusal with a 4xx answer stays one; a server error or a broken line may pass. */
function isWorthRetrying(error: unknown): boolean {
  return error instanceof ConnectFailure &&
    (error.status === undefined || error.status >= 500);
}

function readAcknowledgedSequence(payload: Uint8Array): number {
  try {
    const sequence: unknown = JSON.parse(decoder.decode(payload))
      .AcknowledgedMessageSequenceNumber;
    if (typeof sequence === "number") return sequence;
  } catch {
    // Told below.
  }
  throw new MalformedMessage("an acknowledgement names no sequence number");
}

function missingOutput(): PortholeError {
  return new PortholeError(
    "session_lost",
    "Cannot show all of the output: a part was lost on the way, and the session closed before it came again",
  );
}

function readClosingText(payload: Uint8Array): string {
  if (payload.length === 0) return "";
  try {
    return String(JSON.parse(decoder.decode(payload)).Output ?? "");
  } catch (error) {
    throw new MalformedMessage(
      `the closing message is not JSON: ${messageOf(error)}`,
    );
  }
}
