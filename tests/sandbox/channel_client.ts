import { Buffer } from "node:buffer";
import { createHash, createHmac, randomUUID } from "node:crypto";
import {
  ECSClient,
  ExecuteCommandCommand,
  type Session,
} from "@aws-sdk/client-ecs";
import { ResumeSessionCommand, SSMClient } from "@aws-sdk/client-ssm";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { SignatureV4 } from "@smithy/signature-v4";
import { WebSocket } from "ws";
import {
  decodeMessage,
  encodeAcknowledge,
  encodeMessage,
  type Message,
  payloadTypes,
} from "./message_codec.ts";
import type { Sandbox } from "./sandbox.ts";

/** How a test's client behaves. */
export type ClientOptions = {
  readonly service?: string;
  readonly container?: string;
  /** Which output messages are acknowledged; all, unless told. */
  acknowledges?(message: Message): boolean;
  /** Called for every frame, before anything else is done with it. */
  onMessage?(message: Message, client: ChannelClient): void;
  /** Awaited between ExecuteCommand and the dialling. */
  beforeDial?(): Promise<void>;
  /** Decrypts Output. */
  decrypt?(payload: Buffer): Buffer;
};

/** A plain client of the data channel, for the sandbox's own tests. */
export type ChannelClient = {
  readonly sessionId: string;
  readonly clientId: string;
  /** Every message that came, in the order it came. */
  readonly messages: readonly Message[];
  /** Output in order, without duplicates. */
  output(): Buffer;
  /** Numbers and sends an input message; returns its number. */
  send(payloadType: number, payload: Uint8Array): number;
  /** Sends an input message under a given number. */
  sendAs(
    sequenceNumber: number,
    payloadType: number,
    payload: Uint8Array,
  ): void;
  sendRaw(frame: Uint8Array | string): void;
  /** Sends a message without a payload, e.g. pause_publication. */
  control(messageType: string): void;
  type(text: string): number;
  resize(cols: number, rows: number): number;
  /** Numbers of the input messages that were acknowledged, in that order. */
  acknowledged(): readonly number[];
  /** Frames that could not be read; and pings. */
  broken(): number;
  pings(): number;
  /** Sends a ping; and how many were answered. */
  ping(): void;
  pongs(): number;
  /** Resolves once it holds; looked at on every frame. */
  waitFor(
    holds: (client: ChannelClient) => boolean,
    timeoutMs?: number,
  ): Promise<void>;
  /** The text of channel_closed. */
  closed(): Promise<string>;
  /** Settles when the socket has closed, with its code. */
  readonly gone: Promise<number>;
  /** Asks for a new token and dials again, with the same numbers. */
  resume(): Promise<void>;
  end(): void;
};

/** Clients of the AWS SDK for a sandbox; they must be destroyed by who made them. */
export function makeSdkConfig(sandbox: Sandbox) {
  return {
    endpoint: sandbox.url,
    region: "us-east-1",
    credentials: {
      accessKeyId: sandbox.env["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: sandbox.env["AWS_SECRET_ACCESS_KEY"] ?? "",
    },
    maxAttempts: 1,
    // The SDK's node handler leaves a connection behind that Deno's leak check
    // finds, even after destroy.
    requestHandler: new FetchHttpHandler(),
  };
}

/** Opens a session for a command and joins it. */
export async function openChannel(
  sandbox: Sandbox,
  command: string,
  options: ClientOptions = {},
): Promise<ChannelClient> {
  const ecs = new ECSClient(makeSdkConfig(sandbox));
  const service = options.service ?? "worker";
  const response = await ecs.send(
    new ExecuteCommandCommand({
      task: sandbox.tasks(service)[0]?.taskId ?? "",
      ...(options.container === undefined
        ? {}
        : { container: options.container }),
      command,
      interactive: true,
    }),
  );
  ecs.destroy();
  return await joinChannel(sandbox, response.session ?? {}, options);
}

/** Joins a session that is there. */
export async function joinChannel(
  sandbox: Sandbox,
  { sessionId = "", streamUrl = "", tokenValue = "" }: Session,
  options: ClientOptions = {},
): Promise<ChannelClient> {
  const client = makeClient(sandbox, sessionId, streamUrl, options);
  await options.beforeDial?.();
  await client.dial(tokenValue);
  return client;
}

/** Signs the upgrade as AWS's client does. */
export async function signUpgrade(
  sandbox: Sandbox,
  streamUrl: string,
  date = new Date(),
): Promise<Record<string, string>> {
  const { credentials, region } = makeSdkConfig(sandbox);
  const url = new URL(streamUrl);
  const signer = new SignatureV4({
    credentials,
    region,
    service: "ssmmessages",
    sha256: Sha256,
    applyChecksum: false,
  });
  const signed = await signer.sign({
    method: "GET",
    protocol: "https:",
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { host: url.host },
  }, { signingDate: date });
  const { authorization = "", "x-amz-date": amzDate = "" } = signed.headers;
  return { authorization, "x-amz-date": amzDate };
}

class Sha256 {
  #parts: Uint8Array[] = [];
  readonly #secret: Uint8Array | string | undefined;
  constructor(secret?: unknown) {
    this.#secret = secret as Uint8Array | string | undefined;
  }
  update(data: unknown): void {
    this.#parts.push(Buffer.from(data as Uint8Array));
  }
  reset(): void {
    this.#parts = [];
  }
  digest(): Promise<Uint8Array> {
    const hash = this.#secret === undefined
      ? createHash("sha256")
      : createHmac("sha256", this.#secret);
    for (const part of this.#parts) hash.update(part);
    return Promise.resolve(new Uint8Array(hash.digest()));
  }
}

function makeClient(
  sandbox: Sandbox,
  sessionId: string,
  streamUrl: string,
  options: ClientOptions,
): ChannelClient & { dial(token: string): Promise<void> } {
  const clientId = randomUUID();
  const messages: Message[] = [];
  const outputs: Buffer[] = [];
  const ahead = new Map<number, Message>();
  const acknowledged: number[] = [];
  const listeners = new Set<() => void>();
  let expected = 0;
  let nextInput = 0;
  let socket: WebSocket | undefined;
  let closing: Message | undefined;
  let broken = 0;
  let pings = 0;
  let pongs = 0;
  let gone = Promise.resolve(0);

  function takeOutput(message: Message): void {
    if (options.acknowledges?.(message) ?? true) {
      client.sendRaw(encodeAcknowledge(message));
    }
    ahead.set(message.sequenceNumber, message);
    for (
      let next = ahead.get(expected);
      next !== undefined;
      next = ahead.get(expected)
    ) {
      ahead.delete(expected++);
      if (next.payloadType === payloadTypes.output) {
        outputs.push(options.decrypt?.(next.payload) ?? next.payload);
      }
    }
  }

  const client = {
    sessionId,
    clientId,
    messages,
    output: () => Buffer.concat(outputs),
    send(payloadType: number, payload: Uint8Array) {
      client.sendAs(nextInput, payloadType, payload);
      return nextInput++;
    },
    sendAs(sequenceNumber: number, payloadType: number, payload: Uint8Array) {
      client.sendRaw(
        encodeMessage({
          messageType: "input_stream_data",
          sequenceNumber,
          payloadType,
          payload,
        }).frame,
      );
    },
    sendRaw(frame: Uint8Array | string) {
      if (socket?.readyState === WebSocket.OPEN) socket.send(frame);
    },
    control: (messageType: string) =>
      client.sendRaw(
        encodeMessage({ messageType, flags: 3, payload: Buffer.alloc(0) })
          .frame,
      ),
    type: (text: string) => client.send(payloadTypes.output, Buffer.from(text)),
    resize: (cols: number, rows: number) =>
      client.send(
        payloadTypes.size,
        Buffer.from(JSON.stringify({ cols, rows })),
      ),
    acknowledged: () => acknowledged,
    broken: () => broken,
    pings: () => pings,
    ping: () => socket?.ping("keepalive"),
    pongs: () => pongs,
    waitFor(
      holds: (client: ChannelClient) => boolean,
      timeoutMs = 10_000,
    ): Promise<void> {
      if (holds(client)) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const leave = () => {
          clearTimeout(timer);
          listeners.delete(listener);
        };
        const listener = () => {
          if (!holds(client)) return;
          leave();
          resolve();
        };
        const timer = setTimeout(() => {
          leave();
          reject(
            new Error(
              `Waited ${timeoutMs} ms in vain; output so far: ${
                JSON.stringify(client.output().toString().slice(-300))
              }`,
            ),
          );
        }, timeoutMs);
        listeners.add(listener);
      });
    },
    async closed(): Promise<string> {
      await client.waitFor(() => closing !== undefined, 60_000);
      const { Output } = JSON.parse(closing?.payload.toString() ?? "{}") as {
        Output: string;
      };
      return Output;
    },
    get gone() {
      return gone;
    },
    async resume(): Promise<void> {
      const ssm = new SSMClient(makeSdkConfig(sandbox));
      const { TokenValue = "" } = await ssm.send(
        new ResumeSessionCommand({ SessionId: sessionId }),
      );
      ssm.destroy();
      await client.dial(TokenValue);
    },
    end: () => socket?.terminate(),
    async dial(token: string): Promise<void> {
      const opened = new WebSocket(streamUrl, {
        headers: await signUpgrade(sandbox, streamUrl),
        perMessageDeflate: false,
      });
      socket = opened;
      gone = new Promise((resolve) => opened.on("close", resolve));
      opened.on("message", (data: Buffer, isBinary: boolean) => {
        const decoded = isBinary ? decodeMessage(data) : undefined;
        if (decoded?.kind !== "message") broken++;
        if (decoded?.kind === "message") {
          const { message } = decoded;
          messages.push(message);
          if (message.messageType === "channel_closed") closing = message;
          options.onMessage?.(message, client);
          if (message.messageType === "output_stream_data") takeOutput(message);
          if (message.messageType === "acknowledge") {
            acknowledged.push(
              (JSON.parse(message.payload.toString()) as {
                AcknowledgedMessageSequenceNumber: number;
              }).AcknowledgedMessageSequenceNumber,
            );
          }
        }
        for (const listener of [...listeners]) listener();
      });
      opened.on("ping", () => {
        pings++;
        for (const listener of [...listeners]) listener();
      });
      opened.on("pong", () => {
        pongs++;
        for (const listener of [...listeners]) listener();
      });
      await new Promise((resolve, reject) => {
        opened.on("open", resolve);
        opened.on("error", reject);
      });
      opened.send(JSON.stringify({
        MessageSchemaVersion: "1.0",
        RequestId: randomUUID(),
        TokenValue: token,
        ClientId: clientId,
        ClientVersion: "1.2.764.0",
      }));
    },
  };
  return client;
}
