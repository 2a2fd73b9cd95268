import { START_REPORTS } from "../docker/hold_start_failure.ts";
import type { WrappedCommand } from "../wrap_command.ts";
import {
  createEncodedDecoder,
  createPassingDecoder,
  createSplitDecoder,
  createTextDecoder,
  type Decoded,
  type OutputDecoder,
} from "./decode_output.ts";
import { holdStartFailure, readStartFailure } from "./hold_start_failure.ts";
import { createMarkerScanner } from "./scan_markers.ts";

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
  | { readonly kind: "stderr"; readonly bytes: Uint8Array }
  | { readonly kind: "status"; readonly status: number }
  /** The command was not run; the status is 126 or 127, and the reason the shell's, or Docker's whole report. */
  | {
    readonly kind: "start_failed";
    readonly status: number;
    readonly reason: string;
  };

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

/** A reader for the wrapper that `wrapCommand` made. */
export function createReplyReader(wrapped: WrappedCommand): ReplyReader {
  const outer = createMarkerScanner(wrapped.nonce);
  const { onDockerHost = false } = wrapped.options;
  const otherReports = onDockerHost ? START_REPORTS : [];
  const held = {
    output: holdStartFailure(otherReports),
    stderr: holdStartFailure(otherReports),
  };
  let decoder: OutputDecoder = createPassingDecoder();
  let phase: "waiting" | "ready" | "started" | "done" = "waiting";
  let splitting = false;
  let encoded = false;
  let status: number | undefined;
  let preamble = "";

  function bytesEvent(
    kind: "output" | "stderr",
    bytes: Uint8Array,
  ): readonly ReplyEvent[] {
    return plainEvent(kind, holds(kind) ? held[kind].push(bytes) : bytes);
  }

  /** Where stderr could not be kept apart after all, all of it comes as output; Docker reports in either. */
  function holds(kind: "output" | "stderr"): boolean {
    return !wrapped.options.interactive &&
      (onDockerHost || kind === (splitting ? "stderr" : "output"));
  }

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
    if (phase !== "started") return [];
    if (/^\d{1,3}$/.test(word)) status = Number(word);
    // Of two streams the one without the status may still be on its way.
    if (status === undefined || (splitting && word !== "z")) return [];
    phase = "done";
    const rest = [...bytesEvent("output", decoder.flush())];
    const [output, stderr] = [held.output.release(), held.stderr.release()];
    const only = output.length === 0 ? stderr : output;
    const alone = rest.length === 0 &&
      (output.length === 0 || stderr.length === 0);
    const reason = alone
      ? readStartFailure(only, status, otherReports)
      : undefined;
    return reason === undefined
      ? [
        ...plainEvent("output", output),
        ...plainEvent("stderr", stderr),
        ...rest,
        { kind: "status", status },
      ]
      : [{ kind: "start_failed", status, reason }];
  }

  function prepare(capabilities: Capabilities): void {
    const { interactive, binary, splitStderr } = wrapped.options;
    if (interactive) return;
    splitting = splitStderr === true && capabilities.base64;
    encoded = splitting || (binary && capabilities.base64);
    decoder = splitting
      ? createSplitDecoder(wrapped.nonce)
      : encoded
      ? createEncodedDecoder(wrapped.nonce)
      : createTextDecoder(capabilities.stty);
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
        return decoder.push(bytes).flatMap(onDecoded);
    }
  }

  function onDecoded(decoded: Decoded): readonly ReplyEvent[] {
    if (decoded.kind === "word") return onWord(decoded.word);
    if (phase !== "started") return [];
    return bytesEvent(
      decoded.kind === "stderr" ? "stderr" : "output",
      decoded.bytes,
    );
  }

  return {
    push: (chunk) =>
      outer.push(chunk).flatMap((found) =>
        found.kind === "word" ? onWord(found.word) : onBytes(found.bytes)
      ),
    flush() {
      if (phase !== "started") return new Uint8Array(0);
      // The beginning of a word is none of an encoded stream's bytes.
      const last = encoded ? [] : decoder.push(outer.flush())
        .flatMap((decoded) =>
          decoded.kind === "bytes" ? [...decoded.bytes] : []
        );
      return new Uint8Array([
        ...held.output.release(),
        ...held.stderr.release(),
        ...last,
        ...decoder.flush(),
      ]);
    },
    preamble: () => preamble,
  };
}

function plainEvent(
  kind: "output" | "stderr",
  bytes: Uint8Array,
): readonly ReplyEvent[] {
  return bytes.length === 0 ? [] : [{ kind, bytes }];
}
