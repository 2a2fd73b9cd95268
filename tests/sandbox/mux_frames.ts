import { Buffer } from "node:buffer";

/** smux version 1, as the agent has it: what a frame does, by its number. */
export const muxCommands = { syn: 0, fin: 1, psh: 2, nop: 3 } as const;

/** One whole frame. */
export type MuxFrame = {
  readonly command: number;
  readonly id: number;
  readonly data: Buffer;
};

const headerLength = 8;

/** Writes one frame: version 1, command, then length and stream id in little-endian order. */
export function writeMuxFrame(
  command: number,
  id: number,
  data: Uint8Array = Buffer.alloc(0),
): Buffer {
  const header = Buffer.from([1, command, 0, 0, 0, 0, 0, 0]);
  header.writeUInt16LE(data.length, 2);
  header.writeUInt32LE(id, 4);
  return Buffer.concat([header, data]);
}

/** Takes the whole frames from the start of what has come; undefined for what is no smux. */
export function takeMuxFrames(
  bytes: Buffer,
): { readonly frames: readonly MuxFrame[]; readonly rest: Buffer } | undefined {
  const frames: MuxFrame[] = [];
  let at = 0;
  while (bytes.length - at >= headerLength) {
    const command = bytes[at + 1]!;
    const length = bytes.readUInt16LE(at + 2);
    if (bytes[at] !== 1 || command > muxCommands.nop) return undefined;
    const end = at + headerLength + length;
    if (end > bytes.length) break;
    frames.push({
      command,
      id: bytes.readUInt32LE(at + 4),
      data: bytes.subarray(at + headerLength, end),
    });
    at = end;
  }
  return { frames, rest: bytes.subarray(at) };
}
