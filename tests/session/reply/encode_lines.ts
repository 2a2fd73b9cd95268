import { Buffer } from "node:buffer";
import { SECRET } from "./any_program_output.ts";

/** What the wrapper's encoder writes: base64 of every read, in lines behind the mark, the stream's digit and a length. */
export function encodeLines(
  stream: 1 | 2,
  bytes: Uint8Array,
  atOnce: number,
): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += atOnce) {
    const text = Buffer.from(bytes.subarray(at, at + atOnce))
      .toString("base64");
    for (const line of text.match(/.{1,76}/g) ?? []) {
      lines.push(`\x1e${SECRET.slice(0, 6)}${stream}${line.length}:${line}\n`);
    }
  }
  return lines;
}
