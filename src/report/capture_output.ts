import type { OutputDevice } from "../deps.ts";
import type { CapturedOutput } from "../output/encode_output.ts";
import type { Stdio } from "../terminal/run_session.ts";
import { joinBytes } from "../join_bytes.ts";

/** As much of each stream is kept: what is larger belongs into a file. */
const KEPT_BYTES = 8 * 1024 * 1024;

/** Bytes that several captures may still keep together. */
export interface Allowance {
  left: number;
}

/** A stdout and a stderr that are kept instead of written. */
export interface Capture {
  readonly stdio: Stdio;
  /** What was kept by now; stderr is apart when `split`, and where anything was written to it. */
  taken(split: boolean): CapturedOutput;
}

/** Starts to keep what a session writes. */
export function captureOutput(
  stdio: Stdio,
  keptBytes: number = KEPT_BYTES,
  allowance: Allowance = { left: Infinity },
): Capture {
  const stdout = keepBytes(keptBytes, allowance);
  const stderr = keepBytes(keptBytes, allowance);
  const into = (device: OutputDevice, store: Store): OutputDevice => ({
    ...device,
    write: (bytes) => Promise.resolve(store.add(bytes)),
  });
  return {
    stdio: {
      stdin: stdio.stdin,
      stdout: into(stdio.stdout, stdout),
      stderr: into(stdio.stderr, stderr),
    },
    taken: (split) => ({
      stdout: stdout.bytes(),
      ...(split || stderr.length() > 0 ? { stderr: stderr.bytes() } : {}),
      truncated: stdout.isCut() || stderr.isCut(),
    }),
  };
}

interface Store {
  add(bytes: Uint8Array): void;
  bytes(): Uint8Array;
  length(): number;
  isCut(): boolean;
}

function keepBytes(limit: number, allowance: Allowance): Store {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let cut = false;
  return {
    add(bytes) {
      const kept = bytes.slice(0, Math.min(limit - length, allowance.left));
      cut ||= kept.length < bytes.length;
      if (kept.length > 0) chunks.push(kept);
      length += kept.length;
      allowance.left -= kept.length;
    },
    bytes: () => joinBytes(chunks),
    length: () => length,
    isCut: () => cut,
  };
}
