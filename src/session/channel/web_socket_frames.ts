/** What a WebSocket frame is for (RFC 6455, section 5.2). */
export const Opcode = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

/** Which end of a connection; a client masks what it sends, a server does not (RFC 6455, section 5.1). */
export type SocketRole = "client" | "server";

/** One frame from the other side. */
export interface Frame {
  readonly opcode: number;
  readonly final: boolean;
  readonly payload: Uint8Array;
}

/** The bytes are not a frame that the other side may send; the message says why. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

const FINAL = 0x80;
const MASKED = 0x80;
/** Real messages stay near 1 KiB; what a client may make a server keep is less. */
export const LARGEST_MESSAGE: Readonly<Record<SocketRole, number>> = {
  client: 4 * 1024 * 1024,
  server: 320 * 1024,
};

/** Frames are small and many: they are made in one place, and copied from it. */
const SCRATCH_WORDS = 1024;
const scratch = new Uint32Array(SCRATCH_WORDS);

/** Writes one whole message as its role must send it. The next call may overwrite it. */
export function encodeFrame(
  opcode: number,
  payload: Uint8Array,
  role: SocketRole = "client",
): Uint8Array {
  const length = payload.length;
  const masked = role === "client";
  const extended = length < 126 ? 0 : length < 0x10000 ? 2 : 8;
  const start = 2 + extended + (masked ? 4 : 0);
  // The payload begins at a whole word: masking it byte by byte would cost more than all the rest.
  const lead = -start & 3;
  const count = (lead + start + length + 3) >> 2;
  const words = count > SCRATCH_WORDS ? new Uint32Array(count) : scratch;
  const frame = new Uint8Array(words.buffer, lead, start + length);
  const view = new DataView(words.buffer, lead);
  frame[0] = FINAL | opcode;
  frame[1] = (masked ? MASKED : 0) |
    (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) view.setUint16(2, length);
  if (extended === 8) view.setBigUint64(2, BigInt(length));
  frame.set(payload, start);
  if (!masked) return frame;
  const mask = takeMask();
  const first = (lead + start) >> 2;
  words[first - 1] = mask;
  // The index is in range; the assertion costs nothing in this hot loop.
  for (let at = first; at < count; at++) words[at] = words[at]! ^ mask;
  return frame;
}

/**
 * Reads the frame at the start of `bytes`, as the reader's role gets it; undefined while it is not whole.
 *
 * The payload is a view into `bytes`, in which a mask is undone; `size` is how many bytes the frame took.
 *
 * @throws FrameError for what the other side must not send.
 */
export function decodeFrame(
  bytes: Uint8Array,
  role: SocketRole = "client",
): { readonly frame: Frame; readonly size: number } | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  const opcode = first & 0x0f;
  const control = opcode >= Opcode.close;
  if ((first & 0x70) !== 0) {
    throw new FrameError("it uses an extension that was not negotiated");
  }
  const masked = (second & MASKED) !== 0;
  if (masked !== (role === "server")) {
    throw new FrameError(`it is ${masked ? "" : "not "}masked`);
  }
  if (![0, 1, 2, 8, 9, 10].includes(opcode)) {
    throw new FrameError(`its opcode is ${opcode}`);
  }
  const short = second & 0x7f;
  const extended = short < 126 ? 0 : short === 126 ? 2 : 8;
  const start = 2 + extended + (masked ? 4 : 0);
  if (control && (short > 125 || (first & FINAL) === 0)) {
    throw new FrameError("it is a control frame and not a short one");
  }
  if (bytes.length < start) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, start);
  const length = short < 126
    ? short
    : short === 126
    ? view.getUint16(2)
    : Number(view.getBigUint64(2));
  if (length > LARGEST_MESSAGE[role]) {
    throw new FrameError(`it claims ${length} bytes`);
  }
  if (bytes.length < start + length) return undefined;
  if (masked) unmask(bytes, start, length);
  return {
    frame: {
      opcode,
      final: (first & FINAL) !== 0,
      payload: bytes.subarray(start, start + length),
    },
    size: start + length,
  };
}

/** Undoes the mask that stands before the payload. */
function unmask(bytes: Uint8Array, start: number, length: number): void {
  const mask = bytes.slice(start - 4, start);
  for (let at = 0; at < length; at++) {
    // The index is in range; the assertions cost nothing in this hot loop.
    bytes[start + at] = bytes[start + at]! ^ mask[at & 3]!;
  }
}

const masks = new Uint32Array(1024);
let nextMask = masks.length;

function takeMask(): number {
  if (nextMask === masks.length) {
    crypto.getRandomValues(masks);
    nextMask = 0;
  }
  return masks[nextMask++] ?? 0;
}
