import { Buffer } from "node:buffer";

/** A message or a control frame of a client, unmasked. */
export type RackFrame = {
  readonly opcode: number;
  readonly payload: Buffer;
};

/** Writes a frame of a server. */
export function makeRackFrame(
  opcode: number,
  payload: Uint8Array,
  final = true,
): Buffer {
  const length = payload.length;
  const head = length < 126
    ? Buffer.from([0, length])
    : length < 65_536
    ? Buffer.from([0, 126, length >> 8, length & 255])
    : Buffer.alloc(10);
  if (length >= 65_536) {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  head[0] = opcode | (final ? 0x80 : 0);
  return Buffer.concat([head, payload]);
}

/** Takes the first whole frame of a client off `bytes`; throws for one that a client may not send. */
export function takeRackFrame(
  bytes: Buffer,
): { readonly frame: RackFrame; readonly rest: Buffer } | undefined {
  if (bytes.length < 2) return undefined;
  if ((bytes[0]! & 0xf0) !== 0x80 || (bytes[1]! & 0x80) === 0) {
    throw new Error("a client's frame is whole, plain and masked");
  }
  const short = bytes[1]! & 0x7f;
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  if (bytes.length < 2 + extra + 4) return undefined;
  const length = extra === 0
    ? short
    : extra === 2
    ? bytes.readUInt16BE(2)
    : Number(bytes.readBigUInt64BE(2));
  const start = 2 + extra + 4;
  if (bytes.length < start + length) return undefined;
  const mask = bytes.subarray(2 + extra, start);
  const payload = Buffer.from(bytes.subarray(start, start + length));
  for (let at = 0; at < length; at++) payload[at]! ^= mask[at & 3]!;
  return {
    frame: { opcode: bytes[0]! & 0x0f, payload },
    rest: bytes.subarray(start + length),
  };
}
