import { Buffer } from "node:buffer";

/** Lines of escapes for a shell's printf. */
export interface EscapedLines {
  /** The lines for these bytes, each for a frame by itself. */
  encode(bytes: Uint8Array): readonly Uint8Array[];
}

/** The longest line without its digit and its end: a message holds 1024 bytes. */
const MAX_ESCAPED = 1_000;

/**
 * Makes lines of any bytes but none that a terminal acts on; the digit before each changes, so that two
 * equal lines in a row are one that was written twice.
 */
export function createEscapedLines(): EscapedLines {
  let digit = 0;

  function endLine(text: string): Uint8Array {
    digit = 1 - digit;
    return Buffer.from(`${digit}${text}\n`);
  }

  return {
    encode(bytes) {
      const lines: Uint8Array[] = [];
      let text = "";
      for (const byte of bytes) {
        text += ESCAPES[byte];
        if (text.length <= MAX_ESCAPED - 4) continue;
        lines.push(endLine(text));
        text = "";
      }
      if (text !== "") lines.push(endLine(text));
      return lines;
    },
  };
}

/** How many bytes these escapes stand for. */
export function lengthOfEscapes(text: string): number {
  return text.replace(/\\\d{3}/g, "_").length;
}

const ESCAPES = Array.from(
  { length: 256 },
  (_, byte) =>
    // No dash, which printf takes for an option, and no blank, which read takes from a line's end.
    /[A-Za-z0-9,.:;_+\/=]/.test(String.fromCharCode(byte))
      ? String.fromCharCode(byte)
      : `\\${byte.toString(8).padStart(3, "0")}`,
);
