import { hash, randomBytes } from "node:crypto";
import { Buffer } from "node:buffer";

/** Offset of the payload, and the value of HeaderLength plus four. */
export const payloadOffset = 120;

/** The payload types of stream messages. */
export const payloadTypes = {
  none: 0,
  output: 1,
  error: 2,
  size: 3,
  parameter: 4,
  handshakeRequest: 5,
  handshakeResponse: 6,
  handshakeComplete: 7,
  encChallengeRequest: 8,
  encChallengeResponse: 9,
  flag: 10,
  stdErr: 11,
  exitCode: 12,
} as const;

/** One message of the data channel, decoded. */
export type Message = {
  readonly messageType: string;
  readonly schemaVersion: number;
  readonly createdDate: number;
  readonly sequenceNumber: number;
  readonly flags: number;
  /** Canonical UUID text. */
  readonly messageId: string;
  readonly payloadType: number;
  readonly payload: Buffer;
};

/** What `encodeMessage` needs; the rest has the protocol's defaults. */
export type MessageParts = {
  readonly messageType: string;
  readonly payload: Uint8Array;
  readonly sequenceNumber?: number;
  readonly flags?: number;
  readonly payloadType?: number;
  readonly messageId?: string;
  readonly createdDate?: number;
};

/** A frame and the id it carries, for matching acknowledgements. */
export type EncodedMessage = {
  readonly frame: Buffer;
  readonly messageId: string;
};

/** Writes a message as the wire has it. */
export function encodeMessage(parts: MessageParts): EncodedMessage {
  const { payload } = parts;
  const frame = Buffer.allocUnsafe(payloadOffset + payload.length);
  frame.writeUInt32BE(payloadOffset - 4, 0);
  frame.fill(0x20, 4, 36);
  frame.write(parts.messageType, 4, 32, "latin1");
  frame.writeUInt32BE(1, 36);
  writeUint64(frame, parts.createdDate ?? Date.now(), 40);
  writeUint64(frame, parts.sequenceNumber ?? 0, 48);
  writeUint64(frame, parts.flags ?? 0, 56);
  const id = parts.messageId === undefined
    ? makeId()
    : Buffer.from(parts.messageId.replaceAll("-", ""), "hex");
  id.copy(frame, 64, 8, 16);
  id.copy(frame, 72, 0, 8);
  frame.set(hash("sha256", payload, "buffer"), 80);
  frame.writeUInt32BE(parts.payloadType ?? 0, 112);
  frame.writeUInt32BE(payload.length, 116);
  frame.set(payload, payloadOffset);
  return { frame, messageId: parts.messageId ?? formatUuid(id) };
}

/**
 * Reads a message, or says what is wrong with it. The agent drops a message it
 * cannot read without an answer; the sandbox records the reason.
 */
export function decodeMessage(
  frame: Buffer,
): { readonly kind: "message"; readonly message: Message } | {
  readonly kind: "error";
  readonly reason: string;
} {
  if (frame.length < payloadOffset) {
    return { kind: "error", reason: `short frame: ${frame.length} bytes` };
  }
  const headerLength = frame.readUInt32BE(0);
  if (headerLength !== payloadOffset - 4) {
    return { kind: "error", reason: `header length ${headerLength}` };
  }
  const payload = frame.subarray(payloadOffset);
  const payloadLength = frame.readUInt32BE(116);
  if (payloadLength !== payload.length) {
    return {
      kind: "error",
      reason: `payload length ${payloadLength}, found ${payload.length}`,
    };
  }
  const digest = hash("sha256", payload, "buffer");
  if (digest.compare(frame, 80, 112) !== 0) {
    return { kind: "error", reason: "payload digest differs" };
  }
  return {
    kind: "message",
    message: {
      messageType: frame.toString("latin1", 4, 36).replace(/[\0 ]+$/, ""),
      schemaVersion: frame.readUInt32BE(36),
      createdDate: readUint64(frame, 40),
      sequenceNumber: readUint64(frame, 48),
      flags: readUint64(frame, 56),
      // Only worked out when asked for: acknowledgements go by their number.
      get messageId() {
        return formatUuid(
          Buffer.concat([frame.subarray(72, 80), frame.subarray(64, 72)]),
        );
      },
      payloadType: frame.readUInt32BE(112),
      payload,
    },
  };
}

/** Writes the acknowledgement of a stream message, as agent and client do. */
export function encodeAcknowledge(message: Message): Buffer {
  return encodeMessage({
    messageType: "acknowledge",
    flags: 3,
    payload: Buffer.from(JSON.stringify({
      AcknowledgedMessageType: message.messageType,
      AcknowledgedMessageId: message.messageId,
      AcknowledgedMessageSequenceNumber: message.sequenceNumber,
      IsSequentialMessage: true,
    })),
  }).frame;
}

// Sequence numbers and dates stay far below 2^53, so two 32-bit halves do and
// cost much less than BigInt on every frame.
function writeUint64(frame: Buffer, value: number, offset: number): void {
  frame.writeUInt32BE(Math.floor(value / 0x1_0000_0000) >>> 0, offset);
  frame.writeUInt32BE(value >>> 0, offset + 4);
}

function readUint64(frame: Buffer, offset: number): number {
  return frame.readInt32BE(offset) * 0x1_0000_0000 +
    frame.readUInt32BE(offset + 4);
}

function makeId(): Buffer {
  const id = randomBytes(16);
  id[6] = ((id[6] ?? 0) & 0x0f) | 0x40;
  id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
  return id;
}

function formatUuid(id: Buffer): string {
  const hex = id.toString("hex", 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-` +
    `${hex.slice(16, 20)}-${hex.slice(20)}`;
}
