import type { WrappedCommand } from "../wrap_command.ts";
import { type ByteFilter, chainFilters } from "./byte_filter.ts";
import { createBase64Decoder } from "./decode_base64.ts";
import { createReplacementRepair } from "./repair_replacement.ts";
import { createMarkerScanner } from "./scan_markers.ts";
import { createCrlfUndo } from "./undo_crlf.ts";

/** What the container turned out to have. */
export interface Capabilities {
  /** The terminal was made byte-clean. */
  readonly stty: boolean;
  /** base64 and dd are there. */
  readonly base64: boolean;
}

/** What a piece of the wrapped session's output means, in order. */
export type ReplyEvent =
  /** The wrapper waits for one line before it starts the command. */
  | { readonly kind: "ready"; readonly capabilities: Capabilities }
  | { readonly kind: "started" }
  | { readonly kind: "output"; readonly bytes: Uint8Array }
  | { readonly kind: "status"; readonly status: number };

/** Reads what a wrapped command sends. */
export interface ReplyReader {
  /** @throws Base64Damage when encoded output is damaged. */
  push(chunk: Uint8Array): readonly ReplyEvent[];
  /** Output still held back when the session ended without a status. */
  flush(): Uint8Array;
  /** What came before the wrapper was ready: the texts of a shell that could not start it. */
  preamble(): string;
}

const MAX_PREAMBLE = 4096;
const PASS: ByteFilter = {
  push: (chunk) => chunk,
  flush: () => new Uint8Array(0),
};

/** A reader for the wrapper that `wrapCommand` made. */
export function createReplyReader(wrapped: WrappedCommand): ReplyReader {
  const outer = createMarkerScanner(wrapped.nonce);
  /** In an encoded stream the status comes inside the encoding, behind the last byte of output. */
  let inner:
    | { readonly decoder: ByteFilter; readonly scanner: typeof outer }
    | undefined;
  let filter = PASS;
  let phase: "waiting" | "ready" | "started" | "done" = "waiting";
  let preamble = "";

  function onWord(word: string): readonly ReplyEvent[] {
    if (phase === "waiting" && word.startsWith("r")) {
      phase = "ready";
      const capabilities = {
        stty: word.includes("s"),
        base64: word.includes("b"),
      };
      prepare(capabilities);
      return [{ kind: "ready", capabilities }];
    }
    if (phase === "ready" && word === "o") {
      phase = "started";
      return [{ kind: "started" }];
    }
    if (phase === "started" && /^\d{1,3}$/.test(word)) {
      phase = "done";
      return [...output(filter.flush()), {
        kind: "status",
        status: Number(word),
      }];
    }
    return [];
  }

  function prepare(capabilities: Capabilities): void {
    if (wrapped.options.interactive) return;
    if (wrapped.options.binary && capabilities.base64) {
      inner = {
        decoder: createBase64Decoder(),
        scanner: createMarkerScanner(wrapped.nonce),
      };
    } else {
      const repairs = [createReplacementRepair()];
      filter = chainFilters(
        capabilities.stty ? repairs : [createCrlfUndo(), ...repairs],
      );
    }
  }

  function onBytes(bytes: Uint8Array): readonly ReplyEvent[] {
    switch (phase) {
      case "waiting":
        if (preamble.length < MAX_PREAMBLE) {
          preamble += new TextDecoder().decode(bytes);
        }
        return [];
      case "ready":
      case "done":
        // An echo of our own line, or what the terminal says behind the command's end.
        return [];
      case "started":
        return inner === undefined ? output(filter.push(bytes)) : read(
          inner.scanner,
          inner.decoder.push(bytes),
          (plain) => phase === "started" ? output(plain) : [],
        );
    }
  }

  function read(
    scanner: typeof outer,
    chunk: Uint8Array,
    onPlain: (bytes: Uint8Array) => readonly ReplyEvent[],
  ): readonly ReplyEvent[] {
    return scanner.push(chunk).flatMap((found) =>
      found.kind === "word" ? onWord(found.word) : onPlain(found.bytes)
    );
  }

  return {
    push: (chunk) => read(outer, chunk, onBytes),
    flush() {
      if (phase !== "started") return new Uint8Array(0);
      if (inner !== undefined) return inner.scanner.flush();
      return new Uint8Array([...filter.push(outer.flush()), ...filter.flush()]);
    },
    preamble: () => preamble,
  };
}

function output(bytes: Uint8Array): readonly ReplyEvent[] {
  return bytes.length === 0 ? [] : [{ kind: "output", bytes }];
}
