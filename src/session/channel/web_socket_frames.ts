/** What a WebSocket frame is for (RFC 6455, section 5.2). */
export const Opcode = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

/** One frame from the server. */
export interface Frame {
  readonly opcode: number;
  readonly final: boolean;
  readonly payload: Uint8Array;
}

/** The bytes are not a frame that a server may send; the message says why. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

const FINAL = 0x80;
const MASKED = 0x80;
/** Real messages stay near 1 KiB. */
export const LARGEST_MESSAGE = 4 * 1024 * 1024;

/** Frames are small and many: they are made in one place, and copied from it. */
const SCRATCH_WORDS = 1024;
const scratch = new Uint32Array(SCRATCH_WORDS);

/** Writes one whole message as a client must send it: masked. The next call may overwrite it. */
export function encodeFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const length = payload.length;
  const extended = length < 126 ? 0 : length < 0x10000 ? 2 : 8;
  const start = 2 + extended + 4;
  // The payload begins at a whole word: masking it byte by byte would cost more than all the rest.
  const lead = -start & 3;
  const count = (lead + start + length + 3) >> 2;
  const words = count > SCRATCH_WORDS ? new Uint32Array(count) : scratch;
  const frame = new Uint8Array(words.buffer, lead, start + length);
  const view = new DataView(words.buffer, lead);
  frame[0] = FINAL | opcode;
  frame[1] = MASKED | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) view.setUint16(2, length);
  if (extended === 8) view.setBigUint64(2, BigInt(length));
  frame.set(payload, start);
  const mask = takeMask();
  const first = (lead + start) >> 2;
  words[first - 1] = mask;
  // The index is in range; the assertion costs nothing in this hot loop.
  for (let at = first; at < count; at++) words[at] = words[at]! ^ mask;
  return frame;
}

/**
 * Reads the frame at the start of `bytes`; undefined while it is not whole.
 *
 * The payload is a view into `bytes`; `size` is how many bytes the frame took.
 *
 * @throws FrameError for what a server must not send.
 */
export function decodeFrame(
  bytes: Uint8Array,
): { readonly frame: Frame; readonly size: number } | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  const opcode = first & 0x0f;
  const control = opcode >= Opcode.close;
  if ((first & 0x70) !== 0) {
    throw new FrameError("it uses an extension that was not negotiated");
  }
  if ((second & MASKED) !== 0) throw new FrameError("it is masked");
  if (![0, 1, 2, 8, 9, 10].includes(opcode)) {
    throw new FrameError(`its opcode is ${opcode}`);
  }
  const short = second & 0x7f;
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
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
  if (length > LARGEST_MESSAGE) {
    throw new FrameError(`it claims ${length} bytes`);
  }
  if (bytes.length < start + length) return undefined;
  return {
    frame: {
      opcode,
      final: (first & FINAL) !== 0,
      payload: bytes.subarray(start, start + length),
    },
    size: start + length,
  };
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
