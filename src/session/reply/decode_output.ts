import { chainFilters } from "./byte_filter.ts";
import { Base64Damage, createBase64Decoder } from "./decode_base64.ts";
import { createReplacementRepair } from "./repair_replacement.ts";
import { createMarkerScanner, type Found } from "./scan_markers.ts";
import { createCrlfUndo } from "./undo_crlf.ts";

/** A piece of what the command said, or a word of the wrapper that came inside an encoding. */
export type Decoded = Found | {
  readonly kind: "stderr";
  readonly bytes: Uint8Array;
};

/** Turns what came through the terminal back into what the command wrote. */
export interface OutputDecoder {
  /** @throws Base64Damage when encoded output is damaged. */
  push(chunk: Uint8Array): readonly Decoded[];
  /** What is still held back at the end. */
  flush(): Uint8Array;
}

/** Output as the remote shell's user would see it: an interactive session's. */
export function createPassingDecoder(): OutputDecoder {
  return {
    push: (bytes) => [{ kind: "bytes", bytes }],
    flush: () => new Uint8Array(0),
  };
}

/** Output that came as it is: U+FFFD is repaired, and line ends where the terminal was not clean. */
export function createTextDecoder(clean: boolean): OutputDecoder {
  const repair = createReplacementRepair();
  const filter = chainFilters(clean ? [repair] : [createCrlfUndo(), repair]);
  return {
    push: (chunk) => [{ kind: "bytes", bytes: filter.push(chunk) }],
    flush: () => filter.flush(),
  };
}

/** Output in base64; the status comes inside the encoding, behind the last byte of output. */
export function createEncodedDecoder(nonce: string): OutputDecoder {
  const decoder = createBase64Decoder();
  const scanner = createMarkerScanner(nonce);
  return {
    push: (chunk) => scanner.push(decoder.push(chunk)),
    flush: () => scanner.flush(),
  };
}

const LINE_FEED = 0x0a;
const STDOUT = 0x31;
const STDERR = 0x32;

/** Two streams in base64: each line begins with the digit of its stream. */
export function createSplitDecoder(nonce: string): OutputDecoder {
  const stdout = createEncodedDecoder(nonce);
  const stderr = createBase64Decoder();
  let line: "start" | "stdout" | "stderr" = "start";

  function decodePart(part: Uint8Array): readonly Decoded[] {
    return line === "stderr"
      ? [{ kind: "stderr", bytes: stderr.push(part) }]
      : stdout.push(part);
  }

  return {
    push(chunk) {
      const decoded: Decoded[] = [];
      for (let at = 0; at < chunk.length;) {
        if (line === "start") {
          line = streamOf(chunk[at++]);
          continue;
        }
        const end = chunk.indexOf(LINE_FEED, at);
        const next = end < 0 ? chunk.length : end + 1;
        decoded.push(...decodePart(chunk.subarray(at, next)));
        if (end >= 0) line = "start";
        at = next;
      }
      return decoded;
    },
    flush: () => stdout.flush(),
  };
}

function streamOf(digit: number | undefined): "stdout" | "stderr" {
  if (digit === STDOUT) return "stdout";
  if (digit === STDERR) return "stderr";
  throw new Base64Damage(`byte ${digit} begins no line of ours`);
}
