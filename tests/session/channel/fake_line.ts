import { Buffer } from "node:buffer";
import type {
  Socket,
  SocketEvents,
} from "../../../src/session/channel/connect_socket.ts";
import {
  type ChannelDeps,
  type ChannelEnd,
  type DataChannel,
  openDataChannel,
} from "../../../src/session/channel/data_channel.ts";
import {
  decodeMessage,
  encodeAcknowledge,
  encodeMessage,
  type Message,
  type MessageParts,
  payloadTypes,
} from "../../sandbox/message_codec.ts";
import type { FakeClock } from "./fake_clock.ts";

/** The agent's end of one connection. */
export interface FakeConnection {
  readonly texts: readonly string[];
  /** What the client sent, read with the sandbox's own codec. */
  readonly messages: readonly Message[];
  readonly pings: number;
  readonly reading: boolean;
  readonly closed: boolean;
  /** Says that so many bytes have not left yet. */
  setWaiting(bytes: number): void;
  /** Sends a frame to the client. */
  deliver(frame: Uint8Array | string): void;
  /** Says that it is alive, as an answered ping does. */
  pong(): void;
  /** Breaks. */
  drop(reason: string): void;
}

/** What a test may put in place of the outside. */
export interface LineOptions {
  /** Called for every dial, counted from 0; throws to refuse. */
  readonly onDial?: (count: number) => void | Promise<void>;
  /** Called for every ResumeSession; the default gives a new token. */
  readonly onResume?: (count: number) => Promise<string | undefined>;
  readonly createDataKey?: ChannelDeps["createDataKey"];
}

/** A data channel over connections that are no more than this object. */
export interface FakeLine {
  readonly connections: readonly FakeConnection[];
  /** The newest connection. */
  current(): FakeConnection;
  readonly deps: ChannelDeps;
  open(): Promise<OpenChannel>;
}

/** The channel and what it told so far. */
export interface OpenChannel {
  readonly channel: DataChannel;
  output(): string;
  /** The payloads of other kinds that came, as `kind:text`. */
  readonly others: readonly string[];
  readonly notices: readonly string[];
  readonly interruptions: readonly (string | undefined)[];
  end(): ChannelEnd | undefined;
}

export function createFakeLine(
  clock: FakeClock,
  options: LineOptions = {},
): FakeLine {
  const connections: FakeConnection[] = [];
  let dials = 0;
  let resumes = 0;

  const deps: ChannelDeps = {
    async connect(events) {
      await options.onDial?.(dials++);
      const { socket, connection } = createConnection(events);
      connections.push(connection);
      return socket;
    },
    resume: () =>
      options.onResume?.(resumes++) ??
        Promise.resolve(`token-${++resumes + 1}`),
    createDataKey: options.createDataKey ??
      (() => Promise.reject(new Error("no key was expected"))),
    now: clock.now,
    sleep: clock.sleep,
    random: () => 0.5,
  };

  return {
    connections,
    deps,
    current() {
      const last = connections.at(-1);
      if (last === undefined) throw new Error("nobody has dialled");
      return last;
    },
    async open() {
      const output: Uint8Array[] = [];
      const others: string[] = [];
      const notices: string[] = [];
      const interruptions: (string | undefined)[] = [];
      const channel = await openDataChannel("token-1", deps, {
        payloads: {
          output: (payload) => output.push(new Uint8Array(payload)),
          stderr: (payload) => others.push(`stderr:${textOf(payload)}`),
          exitCode: (payload) => others.push(`exitCode:${textOf(payload)}`),
          flag: (payload) => others.push(`flag:${textOf(payload)}`),
        },
        onNotice: (text) => notices.push(text),
        onInterruption: (reason) => interruptions.push(reason),
      });
      let end: ChannelEnd | undefined;
      channel.end.then((how) => end = how);
      return {
        channel,
        output: () => Buffer.concat(output).toString(),
        others,
        notices,
        interruptions,
        end: () => end,
      };
    },
  };
}

const textOf = (payload: Uint8Array) => Buffer.from(payload).toString();

function createConnection(
  events: SocketEvents,
): { readonly socket: Socket; readonly connection: FakeConnection } {
  const texts: string[] = [];
  const messages: Message[] = [];
  let pings = 0;
  let waiting = 0;
  let reading = true;
  let closed = false;
  return {
    socket: {
      send(data) {
        if (closed) return;
        if (typeof data === "string") texts.push(data);
        else messages.push(read(data));
      },
      waiting: () => waiting,
      ping: () => void pings++,
      pause: () => void (reading = false),
      resume: () => void (reading = true),
      close: () => void (closed = true),
    },
    connection: {
      texts,
      messages,
      get pings() {
        return pings;
      },
      get reading() {
        return reading;
      },
      get closed() {
        return closed;
      },
      setWaiting: (bytes) => void (waiting = bytes),
      deliver(frame) {
        if (closed) return;
        events.onAlive();
        if (typeof frame === "string") events.onText(frame);
        else {
          // As a connection does, whose buffer is used again.
          const lent = new Uint8Array(frame);
          events.onBinary(lent);
          lent.fill(0xff);
        }
      },
      pong: () => events.onAlive(),
      drop(reason) {
        if (closed) return;
        closed = true;
        events.onClose(reason);
      },
    },
  };
}

function read(frame: Uint8Array): Message {
  const decoded = decodeMessage(Buffer.from(frame));
  if (decoded.kind === "error") throw new Error(decoded.reason);
  return decoded.message;
}

/** An Output message of the agent. */
export function outputFrame(
  sequenceNumber: number,
  text: string | Uint8Array,
  parts: Partial<MessageParts> = {},
): Uint8Array {
  return encodeMessage({
    messageType: "output_stream_data",
    sequenceNumber,
    payloadType: payloadTypes.output,
    payload: Buffer.from(text),
    ...parts,
  }).frame;
}

/** The agent's acknowledgement of a message of ours. */
export function acknowledgeFrame(message: Message): Uint8Array {
  return encodeAcknowledge(message);
}

/** The end of the session, with AWS's text. */
export function closedFrame(payload: string): Uint8Array {
  return encodeMessage({
    messageType: "channel_closed",
    payload: Buffer.from(payload),
  }).frame;
}

/** The client's acknowledgements on a connection, as `number` texts. */
export function acknowledgedBy(connection: FakeConnection): readonly number[] {
  return connection.messages.filter(({ messageType }) =>
    messageType === "acknowledge"
  ).map(({ payload }) =>
    JSON.parse(payload.toString()).AcknowledgedMessageSequenceNumber
  );
}

/** The client's input on a connection: each message as `sequence:text`. */
export function inputOn(connection: FakeConnection): readonly string[] {
  return connection.messages.filter(({ messageType }) =>
    messageType === "input_stream_data"
  ).map(({ sequenceNumber, payload }) =>
    `${sequenceNumber}:${payload.toString()}`
  );
}
