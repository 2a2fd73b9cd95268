import { chainFilters } from "./byte_filter.ts";
import { decodeBase64 } from "./decode_base64.ts";
import { createReplacementRepair } from "./repair_replacement.ts";
import { createMarkerScanner, type Found } from "./scan_markers.ts";
import { createLineSplitter } from "./split_lines.ts";
import { createCrlfUndo } from "./undo_crlf.ts";

/** A piece of what the command said, or a word of the wrapper that came inside an encoding. */
export type Decoded =
  | Found
  | { readonly kind: "stderr"; readonly bytes: Uint8Array }
  /** What something else wrote to the terminal. */
  | { readonly kind: "foreign"; readonly text: string };

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

/**
 * One or two streams in base64, each line behind a mark; the words that end them come inside the
 * encoding, behind the last byte of their stream.
 */
export function createEncodedDecoder(
  { secret, mark }: { readonly secret: string; readonly mark: string },
): OutputDecoder {
  const splitter = createLineSplitter(mark);
  const stdout = createMarkerScanner(secret);
  const stderr = createMarkerScanner(secret);
  return {
    push: (chunk) =>
      splitter.push(chunk).flatMap((part): readonly Decoded[] => {
        if (part.kind === "foreign") return [part];
        const bytes = decodeBase64(part.text);
        if (part.stream === 1) return stdout.push(bytes);
        return stderr.push(bytes).map((found) =>
          found.kind === "word" ? found : { ...found, kind: "stderr" }
        );
      }),
    flush: () => stdout.flush(),
  };
}
