import { createMarkerScanner, type Found } from "../reply/scan_markers.ts";
import { createFrameSplitter, type FrameSinks } from "./split_frames.ts";
import { ENDED, LEFT_BEHIND, STARTED } from "./watchdog.ts";

/** What a supervised command's connection brings. */
export interface SupervisedStream {
  push(bytes: Uint8Array): void;
  /** Whether the supervisor has begun. */
  hasStarted(): boolean;
  /** Whether the supervisor has said on each stream that no more comes, and nothing is cut. */
  isComplete(): boolean;
  /** What came in the supervisor's place: the daemon's report. */
  early(): string;
  /** Hands over what was held back, when no more comes. */
  flush(): void;
}

/** How a supervised command's streams come. */
export interface StreamForm {
  readonly tty: boolean;
  /** Keep stderr apart: it has a supervisor's words of its own. */
  readonly split: boolean;
  readonly nonce: string;
  /** The command has ended, and has left something that may still write. */
  readonly onLeftBehind: () => void;
}

/** A report is a line or two; a daemon that says more says nothing that is needed. */
const LONGEST_REPORT = 16 * 1024;

/** Takes the supervisor's words, and what came before them, out of what a daemon sends. */
export function createSupervisedStream(
  { tty, split, nonce, onLeftBehind }: StreamForm,
  sinks: FrameSinks,
): SupervisedStream {
  let early = new Uint8Array(0);

  function keepEarly(bytes: Uint8Array): void {
    const part = bytes.subarray(0, LONGEST_REPORT - early.length);
    const joined = new Uint8Array(early.length + part.length);
    joined.set(early);
    joined.set(part, early.length);
    early = joined;
  }

  function createPart(pass: (bytes: Uint8Array) => void) {
    const scanner = createMarkerScanner(nonce);
    let started = false;
    let ended = false;
    const take = (found: Found) => {
      if (found.kind === "bytes") (started ? pass : keepEarly)(found.bytes);
      else if (found.word === STARTED) started = true;
      else if (found.word === LEFT_BEHIND) onLeftBehind();
      else if (found.word === ENDED) ended = true;
    };
    return {
      push: (bytes: Uint8Array) => scanner.push(bytes).forEach(take),
      flush: () => take({ kind: "bytes", bytes: scanner.flush() }),
      hasStarted: () => started,
      hasEnded: () => ended,
    };
  }

  const stdout = createPart(sinks.stdout);
  const stderr = split ? createPart(sinks.stderr) : undefined;
  const frames = tty ? undefined : createFrameSplitter({
    stdout: stdout.push,
    // Merged in the container, the command has no stderr: this is the daemon's own.
    stderr: stderr?.push ??
      ((bytes) => stdout.hasStarted() ? sinks.stdout(bytes) : keepEarly(bytes)),
  });

  return {
    push: frames?.push ?? stdout.push,
    hasStarted: stdout.hasStarted,
    isComplete: () =>
      stdout.hasEnded() && stderr?.hasEnded() !== false &&
      frames?.isWhole() !== false,
    early: () => new TextDecoder().decode(early),
    flush() {
      stdout.flush();
      stderr?.flush();
    },
  };
}
