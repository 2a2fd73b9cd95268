/**
 * A stand-in for AWS's session-manager-plugin that joins the session of a sandbox, as AWS's does: its texts on stdout,
 * an end with status 0 whatever happens, and at once, without a word, when its input ends.
 *
 * `session, RECORD, LOSE_AFTER, ARGUMENTS…`: signals are recorded in the file RECORD; after LOSE_AFTER frames of output
 * it loses the rest, as AWS's does on a bad line (0 is never).
 */
import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { writeSync } from "node:fs";
import WebSocket from "ws";
import {
  decodeMessage,
  encodeAcknowledge,
  encodeMessage,
  type Message,
  payloadTypes,
} from "../../sandbox/message_codec.ts";

const [record = "", loseAfter = "0", first = ""] = Deno.args;
const text = first.startsWith("AWS_SSM_START_SESSION_RESPONSE")
  ? Deno.env.get(first) ?? ""
  : first;
const { SessionId, StreamUrl, TokenValue } = JSON.parse(text) as {
  readonly SessionId: string;
  readonly StreamUrl: string;
  readonly TokenValue: string;
};

function print(output: string | Uint8Array): void {
  const bytes = Buffer.from(output);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      // A pipe that is full for now.
      if ((error as { code?: string }).code !== "EAGAIN") Deno.exit(0);
    }
  }
}

print(`\nStarting session with SessionId: ${SessionId}\n`);

const socket = new WebSocket(StreamUrl, { perMessageDeflate: false });
const ahead = new Map<number, Message>();
let expected = 0;
let outputs = 0;
let nextInput = 0;

function send(payloadType: number, payload: Uint8Array): void {
  socket.send(
    encodeMessage({
      messageType: "input_stream_data",
      sequenceNumber: nextInput++,
      payloadType,
      payload,
    }).frame,
  );
}

function take({ payloadType, payload }: Message): void {
  switch (payloadType) {
    case payloadTypes.output:
      outputs++;
      if (loseAfter === "0" || outputs <= Number(loseAfter)) print(payload);
      return;
    case payloadTypes.handshakeRequest: {
      const { RequestedClientActions } = JSON.parse(payload.toString()) as {
        readonly RequestedClientActions: readonly {
          readonly ActionType: string;
        }[];
      };
      const response = {
        ClientVersion: "1.2.896.0",
        ProcessedClientActions: RequestedClientActions.map(
          ({ ActionType }) => ({ ActionType, ActionStatus: 1 }),
        ),
        Errors: null,
      };
      return send(
        payloadTypes.handshakeResponse,
        Buffer.from(JSON.stringify(response)),
      );
    }
    case payloadTypes.handshakeComplete: {
      const { CustomerMessage } = JSON.parse(payload.toString()) as {
        readonly CustomerMessage: string;
      };
      if (CustomerMessage !== "") print(`${CustomerMessage}\n`);
    }
  }
}

socket.on("message", (data: Buffer, isBinary: boolean) => {
  const decoded = isBinary ? decodeMessage(data) : undefined;
  if (decoded?.kind !== "message") return;
  const { message } = decoded;
  if (message.messageType === "channel_closed") {
    const { Output } = JSON.parse(message.payload.toString()) as {
      readonly Output: string;
    };
    print(
      Output === ""
        ? `\n\nExiting session with sessionId: ${SessionId}.\n\n`
        : `\n\nSessionId: ${SessionId} : ${Output}\n\n`,
    );
    Deno.exit(0);
  }
  if (message.messageType !== "output_stream_data") return;
  socket.send(encodeAcknowledge(message));
  if (message.sequenceNumber < expected) return;
  ahead.set(message.sequenceNumber, message);
  for (
    let due = ahead.get(expected);
    due !== undefined;
    due = ahead.get(expected)
  ) {
    ahead.delete(expected++);
    take(due);
  }
});
// AWS's dials again and hangs; nobody here waits for that.
socket.on("error", () => Deno.exit(0));
socket.on("close", () => Deno.exit(0));

for (
  const [signal, key] of [
    ["SIGINT", 0x03],
    ["SIGQUIT", 0x1c],
    ["SIGTSTP", 0x1a],
  ] as const
) {
  Deno.addSignalListener(signal, () => {
    Deno.writeTextFileSync(record, `${signal}\n`, { append: true });
    send(payloadTypes.output, Uint8Array.of(key));
  });
}

await new Promise((resolve) => socket.on("open", resolve));
socket.send(JSON.stringify({
  MessageSchemaVersion: "1.0",
  RequestId: randomUUID(),
  TokenValue,
  ClientId: randomUUID(),
  ClientVersion: "1.2.896.0",
}));
if (Deno.stdin.isTerminal()) {
  // It is told nowhere else that the terminal is its own now.
  new Deno.Command("stty", { args: ["cbreak", "-echo"], stdin: "inherit" })
    .outputSync();
}

const buffer = new Uint8Array(1024);
for (;;) {
  const length = await Deno.stdin.read(buffer);
  if (length === null) Deno.exit(0);
  send(payloadTypes.output, buffer.slice(0, length));
  await new Promise((resolve) => setTimeout(resolve, 10));
}
