import { Buffer } from "node:buffer";

/** Turns stdin's bytes into lines that the wrapper's feeder decodes. */
export interface InputEncoder {
  /** The text for `bytes`, as part of a batch. */
  push(bytes: Uint8Array): Uint8Array;
  /** Ends the batch, so that the command gets all of it now; empty when there is nothing to end. */
  flush(): Uint8Array;
  /** Ends the input: the command's stdin reaches its end. */
  end(): Uint8Array;
}

/** Byte 04 at the start of a line is a terminal's end of file: there is none on the wire. */
const END_OF_FILE = "\x04";
/**
 * Ends the feeder wherever its input broke off: the line, then the batch if one is open, then all.
 *
 * For a command that has ended before its input did; what it still had coming is not decoded.
 */
export const END_OF_FEEDER: Uint8Array = Buffer.from("\n\x04\x04");
/** A terminal's line holds 4095 bytes and cuts the rest; these stay far below. */
const BYTES_PER_LINE = 765;
const ESCAPED_PER_LINE = 900;
const NOTHING = new Uint8Array(0);

/** Base64 in batches: an empty line opens one, byte 04 ends it, and at rest byte 04 ends the input. */
export function createBase64Encoder(): InputEncoder {
  let open = false;
  let rest: Uint8Array = NOTHING;

  function flush(): string {
    if (!open) return "";
    const last = rest.length === 0
      ? ""
      : `${Buffer.from(rest).toString("base64")}\n`;
    rest = NOTHING;
    open = false;
    return last + END_OF_FILE;
  }

  return {
    push(bytes) {
      const data = rest.length === 0
        ? Buffer.from(bytes)
        : Buffer.concat([rest, bytes]);
      const whole = data.length - data.length % 3;
      rest = data.subarray(whole);
      let text = open ? "" : "\n";
      open = true;
      for (let at = 0; at < whole; at += BYTES_PER_LINE) {
        text += `${
          data.subarray(at, Math.min(whole, at + BYTES_PER_LINE)).toString(
            "base64",
          )
        }\n`;
      }
      return Buffer.from(text);
    },
    flush: () => Buffer.from(flush()),
    end: () => Buffer.from(flush() + END_OF_FILE),
  };
}

/** Octal escapes for `printf`, a line at a time: slower, for containers without base64. */
export function createEscapeEncoder(): InputEncoder {
  return {
    push(bytes) {
      let text = "";
      for (let at = 0; at < bytes.length; at += ESCAPED_PER_LINE) {
        for (const byte of bytes.subarray(at, at + ESCAPED_PER_LINE)) {
          text += ESCAPES[byte];
        }
        text += "\n";
      }
      return Buffer.from(text);
    },
    flush: () => NOTHING,
    end: () => Buffer.from(END_OF_FILE),
  };
}

const ESCAPES = Array.from(
  { length: 256 },
  (_, byte) =>
    // A dash is none of these: printf would take it for an option at a line's start.
    /[A-Za-z0-9 ,.:;_+\/=]/.test(String.fromCharCode(byte))
      ? String.fromCharCode(byte)
      : `\\${byte.toString(8).padStart(3, "0")}`,
);
