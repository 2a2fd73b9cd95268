import { hash } from "node:crypto";

/**
 * The data channel's binary message: 120 bytes of big-endian header, then the payload.
 *
 * The layout is AWS's own (amazon-ssm-agent, `agent/session/contracts/agentmessage.go`).
 */
export interface Message {
  readonly type: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly sequence: number;
  readonly flags: number;
  /** A UUID in its usual text form. */
  readonly id: string;
  readonly payloadType: number;
  readonly payload: Uint8Array;
}

/** What a stream message carries. */
export const PayloadType = {
  none: 0,
  output: 1,
  error: 2,
  size: 3,
  parameter: 4,
  handshakeRequest: 5,
  handshakeResponse: 6,
  handshakeComplete: 7,
  challengeRequest: 8,
  challengeResponse: 9,
  flag: 10,
  stderr: 11,
  exitCode: 12,
} as const;

/** The bytes are not a message; the error's message says why. */
export class MalformedMessage extends Error {
  override readonly name = "MalformedMessage";
}

const HEADER_LENGTH = 116;
/** What a message is longer than its payload. */
export const MESSAGE_OVERHEAD = HEADER_LENGTH + 4;
const TYPE_OFFSET = 4;
const TYPE_LENGTH = 32;
/** Real messages stay near 1 KiB; a longer claim than this is damage or an attack. */
const MAX_PAYLOAD = 1024 * 1024;
const SPACE = 0x20;
const TWO_TO_32 = 2 ** 32;

const ascii = new TextDecoder("ascii");
const text = new TextEncoder();

/** In hexadecimal: that is what node's one-step hash is fastest at. */
function digest(payload: Uint8Array): string {
  return hash("sha256", payload, "hex");
}

/** Writes one message as the agent reads it to the start of a buffer that has room for it; returns the bytes written. */
export function writeMessage(message: Message, buffer: Uint8Array): Uint8Array {
  const bytes = buffer.subarray(0, MESSAGE_OVERHEAD + message.payload.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(0, HEADER_LENGTH);
  bytes.fill(SPACE, TYPE_OFFSET, TYPE_OFFSET + TYPE_LENGTH);
  text.encodeInto(
    message.type,
    bytes.subarray(TYPE_OFFSET, TYPE_OFFSET + TYPE_LENGTH),
  );
  view.setUint32(36, 1);
  setUint64(view, 40, message.createdAt);
  setUint64(view, 48, message.sequence);
  setUint64(view, 56, message.flags);
  writeSwappedUuid(message.id, bytes, 64);
  bytes.subarray(80, 112).setFromHex(digest(message.payload));
  view.setUint32(112, message.payloadType);
  view.setUint32(116, message.payload.length);
  bytes.set(message.payload, MESSAGE_OVERHEAD);
  return bytes;
}

/**
 * Reads one message; the payload is a view into `bytes`.
 *
 * @throws MalformedMessage when a length or the payload's digest does not fit.
 */
export function decodeMessage(bytes: Uint8Array): Message {
  if (bytes.length < MESSAGE_OVERHEAD) {
    throw new MalformedMessage(
      `a message of ${bytes.length} bytes is shorter than its header`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = view.getUint32(0);
  if (headerLength < HEADER_LENGTH || headerLength > bytes.length - 4) {
    throw new MalformedMessage(
      `a header of ${headerLength} bytes does not fit its message`,
    );
  }
  const payloadLength = view.getUint32(headerLength);
  const payload = bytes.subarray(headerLength + 4);
  if (payloadLength > MAX_PAYLOAD || payloadLength !== payload.length) {
    throw new MalformedMessage(
      `a payload of ${payload.length} bytes claims to have ${payloadLength}`,
    );
  }
  const type = readType(bytes);
  if (
    payloadLength > 0 && digest(payload) !== bytes.subarray(80, 112).toHex()
  ) {
    throw new MalformedMessage(
      `the digest of a "${type}" message does not match its payload`,
    );
  }
  return {
    type,
    createdAt: getUint64(view, 40),
    sequence: getUint64(view, 48),
    flags: getUint64(view, 56),
    id: readSwappedUuid(bytes, 64),
    payloadType: view.getUint32(112),
    payload,
  };
}

/** The types a session is full of: comparing bytes costs a tenth of decoding them. */
const FREQUENT_TYPES = ["output_stream_data", "acknowledge"].map((name) => ({
  name,
  bytes: text.encode(name.padEnd(TYPE_LENGTH)),
}));

function readType(message: Uint8Array): string {
  for (const { name, bytes } of FREQUENT_TYPES) {
    let at = 0;
    while (at < TYPE_LENGTH && bytes[at] === message[TYPE_OFFSET + at]) at++;
    if (at === TYPE_LENGTH) return name;
  }
  return ascii.decode(
    message.subarray(TYPE_OFFSET, TYPE_OFFSET + TYPE_LENGTH),
  ).replace(/[\0 ]+$/, "");
}

function setUint64(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, Math.floor(value / TWO_TO_32));
  view.setUint32(offset + 4, value % TWO_TO_32);
}

function getUint64(view: DataView, offset: number): number {
  const value = view.getUint32(offset) * TWO_TO_32 + view.getUint32(offset + 4);
  if (!Number.isSafeInteger(value)) {
    throw new MalformedMessage("a number of the header is out of range");
  }
  return value;
}

/** On the wire a UUID's two 8-byte halves are swapped. */
function writeSwappedUuid(id: string, bytes: Uint8Array, offset: number): void {
  const hex = id.replaceAll("-", "");
  bytes.subarray(offset, offset + 16)
    .setFromHex(hex.slice(16) + hex.slice(0, 16));
}

function readSwappedUuid(bytes: Uint8Array, offset: number): string {
  const hex = bytes.subarray(offset, offset + 16).toHex();
  return `${hex.slice(16, 24)}-${hex.slice(24, 28)}-${hex.slice(28)}-` +
    `${hex.slice(0, 4)}-${hex.slice(4, 16)}`;
}
