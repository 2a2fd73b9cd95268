import { Buffer } from "node:buffer";
import { DAEMON_REPORTS } from "../docker/hold_daemon_report.ts";
import { markOf, type WrappedCommand } from "../wrap_command.ts";
import {
  createEncodedDecoder,
  createPassingDecoder,
  createTextDecoder,
  type Decoded,
  type OutputDecoder,
} from "./decode_output.ts";
import { holdShellReport, readShellReport } from "./hold_shell_report.ts";
import { createMarkerScanner, type Found } from "./scan_markers.ts";

/** What the container turned out to have. */
export interface Capabilities {
  /** The terminal was made byte-clean. */
  readonly stty: boolean;
  readonly base64: boolean;
  readonly dd: boolean;
  readonly uniq: boolean;
}

/** What a piece of the wrapped session's output means, in order. */
export type ReplyEvent =
  /** The wrapper waits for the frames of `answerReady` before it starts the command. */
  | { readonly kind: "ready"; readonly capabilities: Capabilities }
  /** `pid` is the wrapper's, and its process group's. */
  | { readonly kind: "started"; readonly pid: number | undefined }
  | { readonly kind: "output"; readonly bytes: Uint8Array }
  | { readonly kind: "stderr"; readonly bytes: Uint8Array }
  /** Something else than the command's output stood on the terminal, where that can be recognized. */
  | { readonly kind: "foreign"; readonly text: string }
  /** The command has ended, and has left so much of its input, or all since none had reached it. */
  | { readonly kind: "input_left"; readonly bytes: number | "all" }
  /** The command changed the terminal, and our input does not arrive as it was sent. */
  | { readonly kind: "input_broken" }
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
  const announcement = createMarkerScanner(wrapped.nonce);
  const outer = createMarkerScanner(wrapped.secret);
  const { onDockerHost = false } = wrapped.options;
  const otherReports = onDockerHost ? DAEMON_REPORTS : [];
  const held = {
    output: holdShellReport(otherReports),
    stderr: holdShellReport(otherReports),
  };
  let decoder: OutputDecoder = createPassingDecoder();
  let phase: "waiting" | "ready" | "started" | "done" = "waiting";
  let splitting = false;
  let encoded = false;
  let status: number | undefined;
  let stderrIsThrough = false;
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

  function onAnnouncement(word: string): readonly ReplyEvent[] {
    if (!word.startsWith("r")) return [];
    phase = "ready";
    const capabilities = {
      stty: word.includes("s"),
      base64: word.includes("b"),
      dd: word.includes("d"),
      uniq: word.includes("u"),
    };
    prepare(capabilities);
    return [{ kind: "ready", capabilities }];
  }

  function onWord(filled: string): readonly ReplyEvent[] {
    const word = filled.replace(/=+$/, "");
    const [, pid] = /^o(\d*)$/.exec(word) ?? [];
    if (phase === "ready" && pid !== undefined) {
      phase = "started";
      return [{ kind: "started", pid: Number(pid) || undefined }];
    }
    const left = phase === "ready" ? undefined : readLeft(word);
    if (left !== undefined) return [{ kind: "input_left", bytes: left }];
    if (phase !== "started") return [];
    if (word === "i") return [{ kind: "input_broken" }];
    if (/^\d{1,3}$/.test(word)) status = Number(word);
    if (word === "z") stderrIsThrough = true;
    // Of two streams the one without the status may still be on its way.
    if (status === undefined || (splitting && !stderrIsThrough)) return [];
    phase = "done";
    const rest = [...bytesEvent("output", decoder.flush())];
    const [output, stderr] = [held.output.release(), held.stderr.release()];
    const only = output.length === 0 ? stderr : output;
    const alone = rest.length === 0 &&
      (output.length === 0 || stderr.length === 0);
    const reason = alone
      ? readShellReport(only, status, otherReports)
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
    const canEncode = capabilities.base64 && capabilities.dd;
    splitting = splitStderr === true && canEncode;
    encoded = splitting || (binary && canEncode);
    decoder = encoded
      ? createEncodedDecoder({ ...wrapped, mark: markOf(wrapped) })
      : createTextDecoder(capabilities.stty);
  }

  /** What is found before the wrapper is ready; all that follows carries the secret. */
  function onAnnounced(found: Found): readonly ReplyEvent[] {
    if (phase !== "waiting") {
      return readOn(
        found.kind === "bytes"
          ? found.bytes
          : Buffer.from(`\x1e${wrapped.nonce}:${found.word}\x1e`),
      );
    }
    if (found.kind === "word") return onAnnouncement(found.word);
    if (preamble.length < MAX_PREAMBLE) {
      preamble += new TextDecoder().decode(found.bytes);
    }
    return [];
  }

  function readOn(bytes: Uint8Array): readonly ReplyEvent[] {
    return outer.push(bytes).flatMap((found) => {
      if (found.kind === "word") return onWord(found.word);
      // Not started: an echo of our own lines. Done: what the terminal says behind the command's end.
      return phase === "started"
        ? decoder.push(found.bytes).flatMap(onDecoded)
        : [];
    });
  }

  function onDecoded(decoded: Decoded): readonly ReplyEvent[] {
    if (decoded.kind === "word") return onWord(decoded.word);
    if (phase !== "started") return [];
    if (decoded.kind === "foreign") return onForeign(decoded.text);
    return bytesEvent(
      decoded.kind === "stderr" ? "stderr" : "output",
      decoded.bytes,
    );
  }

  return {
    push(chunk) {
      if (phase !== "waiting") return readOn(chunk);
      const events = announcement.push(chunk).flatMap(onAnnounced);
      if (phase === "waiting") return events;
      return [...events, ...readOn(announcement.flush())];
    },
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

/** It may overtake the status, which an encoder has to pass on. */
function readLeft(word: string): number | "all" | undefined {
  if (word === "u") return "all";
  const [, bytes] = /^w *(\d+)$/.exec(word) ?? [];
  return bytes === undefined ? undefined : Number(bytes);
}

/** Line ends alone are what a terminal adds, not something that anybody wrote. */
function onForeign(text: string): readonly ReplyEvent[] {
  return text.trim() === "" ? [] : [{ kind: "foreign", text }];
}

function plainEvent(
  kind: "output" | "stderr",
  bytes: Uint8Array,
): readonly ReplyEvent[] {
  return bytes.length === 0 ? [] : [{ kind, bytes }];
}
