import { messageOf, PortholeError } from "../../errors.ts";
import { createAcknowledgements } from "./acknowledgements.ts";
import {
  type AgentGreeting,
  type CreateDataKey,
  createHandshake,
} from "./handshake.ts";
import {
  decodeMessage,
  MalformedMessage,
  type Message,
  MESSAGE_OVERHEAD,
  PayloadType,
  writeMessage,
} from "./message.ts";
import { type Line, type LineDeps, openLine } from "./open_line.ts";
import type { SessionLimits } from "../session_limits.ts";
import { createReceiveOrder } from "./receive_order.ts";
import { createSendWindow } from "./send_window.ts";

/** How the channel ended: the agent closed it, we did, or it was lost for a reason. */
export type ChannelEnd =
  /** `text` is empty for a normal end, else the agent's error text. */
  | { readonly kind: "closed"; readonly text: string }
  | { readonly kind: "abandoned" }
  | { readonly kind: "lost"; readonly reason: unknown };

/** An open data channel of Session Manager: ordered bytes both ways, over connections that may break. */
export interface DataChannel {
  /** Sends input; resolves when the window has room for more. */
  write(input: Uint8Array): Promise<void>;
  /** Sends one short message without waiting for room. */
  send(payloadType: number, payload: Uint8Array): void;
  /** Sends the remote terminal's size, once there is room: then only the latest one counts. */
  sendSize(payload: Uint8Array): void;
  /** Stops or goes on reading from the connection. */
  setReading(reading: boolean): void;
  /** Drops the connection and all that is unsent. */
  close(): void;
  readonly end: Promise<ChannelEnd>;
}

/** What a data channel needs of the outside. */
export interface ChannelDeps extends LineDeps {
  readonly createDataKey: CreateDataKey;
  /** The kinds of sessions that may be greeted with; default: all that there are. */
  readonly sessions?: readonly string[];
  /** Default: those of a session that has a process for itself. */
  readonly limits?: SessionLimits | undefined;
}

/**
 * Who gets which of the agent's payloads, decrypted and in order; what nobody asked for is acknowledged
 * and dropped. The bytes are overwritten when the handler returns.
 */
export interface PayloadHandlers {
  readonly output?: (payload: Uint8Array) => void;
  readonly stderr?: (payload: Uint8Array) => void;
  readonly exitCode?: (payload: Uint8Array) => void;
  readonly flag?: (payload: Uint8Array) => void;
}

/** What a data channel reports to its owner, in order. */
export interface ChannelEvents {
  readonly payloads: PayloadHandlers;
  /** The handshake is over; sessions without one begin with output. */
  readonly onHandshake?: (greeting: AgentGreeting) => void;
  /** A text the administrator shows at the start of sessions. */
  readonly onNotice: (text: string) => void;
  /** The connection broke (`reason`) or is back (undefined). */
  readonly onInterruption: (reason: string | undefined) => void;
}

/** Payloads of input stay at what AWS's client sends at most. */
const MAX_INPUT_PAYLOAD = 1024;
/** Acknowledgements change what falls due, so the timer looks again after this long. */
const RESEND_LOOK_MS = 100;
/** Behind so much that the connection has not taken yet nothing is sent twice. */
const MAX_WAITING_TO_RESEND = 256 * 1024;

const decoder = new TextDecoder();

/**
 * Opens the data channel of a session.
 *
 * @throws ConnectFailure, or what signing throws, when it cannot be opened in the first place.
 */
export async function openDataChannel(
  tokenValue: string,
  deps: ChannelDeps,
  events: ChannelEvents,
): Promise<DataChannel> {
  const order = createReceiveOrder(deps.limits?.ahead);
  const acknowledgements = createAcknowledgements();
  const window = createSendWindow();
  const handshake = createHandshake(deps.createDataKey, deps.sessions);
  const { promise: end, resolve: resolveEnd } = Promise.withResolvers<
    ChannelEnd
  >();

  let line: Line | undefined = undefined;
  let ended = false;
  let resendTimer: ReturnType<typeof setTimeout> | undefined;
  let waitingForRoom: (() => void)[] = [];
  let waitingSize: Uint8Array | undefined;

  function finish(how: ChannelEnd): void {
    if (ended) return;
    ended = true;
    clearTimeout(resendTimer);
    line?.close();
    releaseWriters();
    resolveEnd(how);
  }

  // --- receiving

  function receive(bytes: Uint8Array): void {
    if (ended) return;
    try {
      handle(decodeMessage(bytes));
    } catch (error) {
      finish({ kind: "lost", reason: error });
    }
  }

  function handle(message: Message): void {
    switch (message.type) {
      case "output_stream_data": {
        const { acknowledge, isNew, deliver } = order.accept(message);
        if (isNew) line?.noteProgress();
        if (acknowledge) {
          // Written before it is known whether there is a connection: the next one repeats it.
          line?.send(acknowledgements.write(message, deps.now()));
        }
        for (const next of deliver) handlePayload(next);
        return;
      }
      case "acknowledge": {
        const { isNew, again } = window.acknowledge(
          readAcknowledgedSequence(message.payload),
          deps.now(),
        );
        if (!isNew) return;
        line?.noteProgress();
        for (const frame of again) line?.send(frame);
        return useRoom();
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

  function handlePayload({ payloadType, payload }: Message): void {
    // What a message before it has ended must not be followed by more.
    if (ended) return;
    const { payloads } = events;
    switch (payloadType) {
      case PayloadType.output:
        return payloads.output?.(handshake.decrypt(payload));
      case PayloadType.stderr:
        return payloads.stderr?.(handshake.decrypt(payload));
      case PayloadType.exitCode:
        return payloads.exitCode?.(handshake.decrypt(payload));
      case PayloadType.flag:
        return payloads.flag?.(payload);
      case PayloadType.handshakeRequest:
        handshake.answerRequest(payload).then(
          (reply) => send(reply.payloadType, reply.payload),
          (error) => finish({ kind: "lost", reason: error }),
        );
        return;
      case PayloadType.challengeRequest: {
        const reply = handshake.answerChallenge(payload);
        return send(reply.payloadType, reply.payload);
      }
      case PayloadType.handshakeComplete: {
        const text = handshake.complete(payload);
        if (text !== "") events.onNotice(text);
        events.onHandshake?.(handshake.greeting()!);
        return useRoom();
      }
    }
  }

  // --- sending

  function send(payloadType: number, payload: Uint8Array): void {
    if (ended) return;
    const now = deps.now();
    const sequence = window.nextSequence();
    const carried = payloadType === PayloadType.output
      ? handshake.encrypt(payload)
      : payload;
    const frame = writeMessage({
      type: "input_stream_data",
      createdAt: now,
      sequence,
      flags: 0,
      id: crypto.randomUUID(),
      payloadType,
      payload: carried,
    }, window.takeBuffer(MESSAGE_OVERHEAD + carried.length));
    window.add(sequence, frame, now);
    line?.send(frame);
    armResend();
  }

  function armResend(): void {
    if (resendTimer !== undefined || ended || line?.isUp() !== true) return;
    const due = window.nextDue();
    if (due === undefined) return;
    const delay = Math.max(10, Math.min(RESEND_LOOK_MS, due - deps.now()));
    resendTimer = setTimeout(() => {
      resendTimer = undefined;
      resendDue();
      armResend();
    }, delay);
  }

  function resendDue(): void {
    if (line?.isUp() !== true || line.waiting() > MAX_WAITING_TO_RESEND) return;
    for (const frame of window.takeDue(deps.now())) line.send(frame);
  }

  /** What arrived over the previous connection is unknown: everything unacknowledged is sent again. */
  function repeatAll(): void {
    // An agent that missed some would resend their frames one every 100 ms, and in the end not at all.
    for (const frame of acknowledgements.recent()) line?.send(frame);
    window.expireAll(deps.now());
    clearTimeout(resendTimer);
    resendTimer = undefined;
    armResend();
  }

  /** An agent in its handshake acknowledges input, and drops it. */
  const hasRoom = () => window.hasRoom() && !handshake.isUnderWay();

  function useRoom(): void {
    if (!hasRoom()) return;
    const size = waitingSize;
    waitingSize = undefined;
    if (size !== undefined) send(PayloadType.size, size);
    releaseWriters();
  }

  function releaseWriters(): void {
    const writers = waitingForRoom;
    waitingForRoom = [];
    for (const release of writers) release();
  }

  async function write(input: Uint8Array): Promise<void> {
    for (let offset = 0; offset < input.length; offset += MAX_INPUT_PAYLOAD) {
      while (!ended && !hasRoom()) {
        await new Promise<void>((resolve) => waitingForRoom.push(resolve));
      }
      send(
        PayloadType.output,
        input.subarray(offset, offset + MAX_INPUT_PAYLOAD),
      );
    }
  }

  line = await openLine(tokenValue, deps, {
    onFrame: receive,
    onBack: repeatAll,
    onInterruption: events.onInterruption,
    onLost: (reason) => finish({ kind: "lost", reason }),
  });
  if (ended) line.close();

  return {
    write,
    send,
    sendSize(payload) {
      if (hasRoom()) send(PayloadType.size, payload);
      else waitingSize = payload;
    },
    setReading: (reading) => line?.setReading(reading),
    close: () => finish({ kind: "abandoned" }),
    end,
  };
}

function readAcknowledgedSequence(payload: Uint8Array): number {
  try {
    const sequence: unknown = JSON.parse(decoder.decode(payload))
      .AcknowledgedMessageSequenceNumber;
    if (typeof sequence === "number") return sequence;
  } catch {
    // Assigned below.
  }
  throw new MalformedMessage("an acknowledgement names no sequence number");
}

function missingOutput(): PortholeError {
  return new PortholeError(
    "session_lost",
    "Cannot show all of the output: part of it was lost, and the session closed before it was sent again",
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
