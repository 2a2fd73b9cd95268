import { Buffer } from "node:buffer";

/** The command in the container that asks for synthetic output. */
export const syntheticCommand =
  "#!/bin/sh\nprintf '\\033]sandbox;%d\\007' \"$1\"\n";

/** One KiB of printable bytes in lines of 64: what synthetic output repeats. */
export function makeSyntheticBlock(): Buffer {
  const line =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-\n";
  return Buffer.from(line.repeat(16));
}

/** Finds the request in what the process prints, and what it printed around it. */
export function findSyntheticRequest(
  bytes: Buffer,
): {
  readonly before: Buffer;
  readonly mebibytes: number;
  readonly after: Buffer;
} | undefined {
  const start = bytes.indexOf("\x1b]sandbox;");
  if (start < 0) return undefined;
  const end = bytes.indexOf(0x07, start);
  if (end < 0) return undefined;
  return {
    before: bytes.subarray(0, start),
    mebibytes: Number(bytes.toString("latin1", start + 10, end)),
    after: bytes.subarray(end + 1),
  };
}
