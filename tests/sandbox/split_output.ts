import { Buffer } from "node:buffer";

/** What one read of the pty becomes: a message now, and bytes held for the next. */
export type SplitOutput = { readonly send: Buffer; readonly held: Buffer };

/**
 * Cuts what was read at a UTF-8 boundary as the agent does, with the agent's
 * two faults. A byte that starts no character is passed on alone, unless it
 * is one of the last three: those are held back for the next read, and lost
 * when there is none. And a literal U+FFFD, which looks to the agent like its
 * own sign for "not a character", becomes its first byte, EF.
 */
export function splitOutput(held: Uint8Array, read: Uint8Array): SplitOutput {
  const bytes = held.length === 0
    ? Buffer.from(read.buffer, read.byteOffset, read.length)
    : Buffer.concat([held, read]);
  const length = bytes.length;
  let send: Buffer | undefined;
  let kept = 0;
  let done = 0;
  let i = 0;
  while (i < length) {
    const first = bytes[i] ?? 0;
    if (first < 0x80) {
      i++;
      continue;
    }
    const size = measureCharacter(bytes, i);
    const replacement = size === 3 && first === 0xef &&
      bytes[i + 1] === 0xbf && bytes[i + 2] === 0xbd;
    if (size > 0 && !replacement) {
      i += size;
      continue;
    }
    if (length - i < 4) break;
    if (replacement) {
      send ??= Buffer.allocUnsafe(length);
      kept += bytes.copy(send, kept, done, i + 1);
      i += 3;
      done = i;
    } else {
      i++;
    }
  }
  if (send === undefined) {
    return { send: bytes.subarray(0, i), held: Buffer.from(bytes.subarray(i)) };
  }
  kept += bytes.copy(send, kept, done, i);
  return { send: send.subarray(0, kept), held: Buffer.from(bytes.subarray(i)) };
}

/** Length of the well-formed character at `at`, or 0 if there is none. */
function measureCharacter(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  let size: number;
  let low = 0x80;
  let high = 0xbf;
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) size = 2;
  else if (first < 0xf0) {
    size = 3;
    if (first === 0xe0) low = 0xa0;
    if (first === 0xed) high = 0x9f;
  } else if (first < 0xf5) {
    size = 4;
    if (first === 0xf0) low = 0x90;
    if (first === 0xf4) high = 0x8f;
  } else return 0;
  if (at + size > bytes.length || second < low || second > high) return 0;
  for (let i = 2; i < size; i++) {
    const next = bytes[at + i] ?? 0;
    if (next < 0x80 || next > 0xbf) return 0;
  }
  return size;
}
