import { Buffer } from "node:buffer";
import type { MalformedFrame } from "./sandbox_options.ts";

/** Makes a frame that breaks the protocol out of a good one. */
export function breakFrame(
  good: Uint8Array,
  kind: MalformedFrame["kind"],
): Buffer | string {
  const frame = Buffer.from(good);
  switch (kind) {
    case "digest":
      frame[80] = (frame[80] ?? 0) ^ 0xff;
      return frame;
    case "length":
      frame.writeUInt32BE(0x7fff_ffff, 116);
      return frame;
    case "header-length":
      frame.writeUInt32BE(0xffff_fff0, 0);
      return frame;
    case "short":
      return frame.subarray(0, 60);
    case "text":
      return '{"text":"where binary is due"}';
  }
}
