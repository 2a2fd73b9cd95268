import { MalformedMessage } from "../channel/message.ts";

/**
 * What a frame does to its stream: opens it, ends it for both directions, brings data, or nothing.
 *
 * The agent speaks version 1 of smux (amazon-ssm-agent, `agent/session/plugins/port`), whose names these are.
 */
export const FrameCommand = { syn: 0, fin: 1, psh: 2, nop: 3 } as const;

/** One of them. */
export type FrameCommand = typeof FrameCommand[keyof typeof FrameCommand];

/** One frame, or a part of a long one. */
export interface StreamFrame {
  readonly command: FrameCommand;
  readonly streamId: number;
  /** A view into what was read; the data of one frame may come in several. */
  readonly data: Uint8Array;
}

const VERSION = 1;
const HEADER_LENGTH = 8;
const NOTHING = new Uint8Array(0);

/** As much as AWS's own client puts into one frame. */
export const MAX_FRAME_DATA = 32 * 1024;

/** Writes a frame: version, command, length and stream in little-endian order, then at most 65,535 bytes. */
export function encodeFrame(
  command: FrameCommand,
  streamId: number,
  data: Uint8Array = NOTHING,
): Uint8Array {
  const frame = new Uint8Array(HEADER_LENGTH + data.length);
  const view = new DataView(frame.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, command);
  view.setUint16(2, data.length, true);
  view.setUint32(4, streamId, true);
  frame.set(data, HEADER_LENGTH);
  return frame;
}

/**
 * Reads frames from bytes that are cut anywhere. Data is handed on as it comes: only a header is ever kept.
 *
 * The returned function throws MalformedMessage for what is not version 1; nothing can be read after that.
 */
export function createFrameReader(
  onFrame: (frame: StreamFrame) => void,
): (bytes: Uint8Array) => void {
  const header = new Uint8Array(HEADER_LENGTH);
  const view = new DataView(header.buffer);
  let headerLength = 0;
  let dataLeft = 0;
  let streamId = 0;

  function readHeader(): void {
    const version = view.getUint8(0);
    const command = view.getUint8(1);
    const length = view.getUint16(2, true);
    streamId = view.getUint32(4, true);
    if (version !== VERSION || !isCommand(command)) {
      throw new MalformedMessage(
        `a frame of version ${version} with command ${command} is not one of a forwarded port`,
      );
    }
    if (command === FrameCommand.psh) dataLeft = length;
    else if (length > 0) {
      throw new MalformedMessage(
        `a frame with command ${command} brings ${length} bytes, and must bring none`,
      );
    } else onFrame({ command, streamId, data: NOTHING });
  }

  return (bytes) => {
    for (let at = 0; at < bytes.length;) {
      if (dataLeft > 0) {
        const data = bytes.subarray(at, at + dataLeft);
        dataLeft -= data.length;
        at += data.length;
        onFrame({ command: FrameCommand.psh, streamId, data });
        continue;
      }
      const part = bytes.subarray(at, at + HEADER_LENGTH - headerLength);
      header.set(part, headerLength);
      headerLength += part.length;
      at += part.length;
      if (headerLength < HEADER_LENGTH) return;
      headerLength = 0;
      readHeader();
    }
  };
}

function isCommand(value: number): value is FrameCommand {
  return value <= FrameCommand.nop;
}
