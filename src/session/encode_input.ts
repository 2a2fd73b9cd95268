import { Buffer } from "node:buffer";
import { createEscapedLines, lengthOfEscapes } from "./escape_lines.ts";

/** A message's worth of input, sent as it is and by itself: the agent may write it to the terminal twice. */
export type Frame = Uint8Array;

/**
 * Turns stdin's bytes into frames for the wrapper's feeder.
 *
 * An agent whose own connection breaks may write a frame again that it has written already, right
 * behind the first. Nothing shows that here, so each frame is such that a repeat of it changes nothing.
 */
export interface InputEncoder {
  /** The frames for `bytes`, as part of a batch; the last of them may be held for the next call. */
  push(bytes: Uint8Array): readonly Frame[];
  /** Ends the batch, so that the command gets all of it now; none when there is nothing to end. */
  flush(): readonly Frame[];
  /** Ends the input: the command's stdin reaches its end. */
  end(): readonly Frame[];
  /** How many bytes of the input a frame carries. */
  lengthOf(frame: Frame): number;
}

/** Byte 04 is a terminal's end of file, where a line begins: there is none on the wire. */
const END_OF_FILE = "\x04";
/** Leaves a batch, if one is open, and says that there is no more: it ends the feeder wherever that is. */
export const END_OF_INPUT: Frame = Buffer.from(`${END_OF_FILE}e\n`);
/** The end of an input that had no bytes, where the terminal would say back what it hears. */
export const SILENT_END: Frame = Buffer.from(END_OF_FILE);
/** Opens a batch; within one it is nothing, to uniq a line and to base64 none. */
const EMPTY_LINE = Buffer.from("\n");
/** A terminal's line holds 4095 bytes, and a frame 1024: base64 makes 1020 characters of these. */
const BYTES_PER_LINE = 765;
const NOTHING = new Uint8Array(0);
const END_OF_FILE_BYTE = END_OF_FILE.charCodeAt(0);
const NEW_LINE = "\n".charCodeAt(0);
const PADDING = "=".charCodeAt(0);

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Base64 in batches: an empty line opens one; byte 04 ends it, in one frame with its last line.
 *
 * The container's uniq drops the second of two equal lines, so between two that are to be equal there
 * is an empty one.
 */
export function createBase64Encoder(): InputEncoder {
  let open = false;
  let rest: Uint8Array = NOTHING;
  let last = "";

  function toFrame(line: string, end = ""): Frame {
    last = line;
    const frame = new Uint8Array(line.length + 1 + end.length);
    encoder.encodeInto(`${line}\n${end}`, frame);
    return frame;
  }

  function* encode(bytes: Uint8Array): Iterable<Frame> {
    const data = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    let at = 0;
    while (data.length - at > BYTES_PER_LINE) {
      if (!open) yield EMPTY_LINE;
      open = true;
      let length = BYTES_PER_LINE;
      let line = toBase64(data, at, length);
      // A line of another length is another line, and takes no frame between.
      if (line === last) line = toBase64(data, at, length -= 3);
      yield toFrame(line);
      at += length;
    }
    // The chunk is the caller's again after this.
    rest = Uint8Array.from(data.subarray(at));
  }

  function* flush(): Iterable<Frame> {
    if (rest.length === 0) return;
    const line = toBase64(rest, 0, rest.length);
    if (!open || line === last) yield EMPTY_LINE;
    yield toFrame(line, END_OF_FILE);
    rest = NOTHING;
    open = false;
    last = "";
  }

  return {
    push: (bytes) => [...encode(bytes)],
    flush: () => [...flush()],
    end: () => [...flush(), END_OF_INPUT],
    lengthOf: lengthOfBase64,
  };
}

/** A frame that begins with an end carries none. */
function lengthOfBase64(frame: Frame): number {
  const end = frame[0] === END_OF_FILE_BYTE ? 0 : frame.indexOf(NEW_LINE);
  const padding = frame.subarray(0, end).indexOf(PADDING);
  return end / 4 * 3 - (padding < 0 ? 0 : end - padding);
}

function toBase64(bytes: Uint8Array, at: number, length: number): string {
  return bytes.subarray(at, at + length).toBase64();
}

/** Escapes for the shell's own printf: slower, for containers without base64 or uniq. */
export function createEscapeEncoder(): InputEncoder {
  const lines = createEscapedLines();
  return {
    push: (bytes) => lines.encode(bytes),
    flush: () => [],
    end: () => [END_OF_INPUT],
    lengthOf: (frame) =>
      lengthOfEscapes(
        /^\d([^\n]*)/.exec(decoder.decode(frame))?.[1] ?? "",
      ),
  };
}
