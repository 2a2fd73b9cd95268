import { PortholeError } from "../../errors.ts";

/** How Docker's reports of a command that could not start begin; they come in the place of its output. */
export const START_REPORTS = [
  "OCI runtime exec failed: ",
  "unable to find ",
] as const;
const REPORTS = START_REPORTS.map((text) => new TextEncoder().encode(text));
const LONGEST_REPORT = 4096;

/** Output that waits as long as it may be Docker's own report. */
export interface HeldOutput {
  push(bytes: Uint8Array): void;
  /** What is being held; empty when the output is the command's. */
  text(): string;
  /** It is the command's after all. */
  release(): void;
}

/**
 * Holds output back that begins as Docker's reports do: only the end tells whether it is one.
 *
 * Docker writes the report in one piece, so a first piece that begins otherwise, or with less, is let through at once.
 */
export function holdStartFailure(
  pass: (bytes: Uint8Array) => void,
): HeldOutput {
  let first = true;
  let held: Uint8Array[] = [];

  function release(): void {
    for (const bytes of held) pass(bytes);
    held = [];
  }

  return {
    push(bytes) {
      const holds = first
        ? REPORTS.some((report) =>
          report.every((byte, at) => byte === bytes[at])
        )
        : held.length > 0;
      first = false;
      if (holds) held.push(bytes);
      else pass(bytes);
      if (held.reduce((sum, { length }) => sum + length, 0) > LONGEST_REPORT) {
        release();
      }
    },
    text: () => held.map((bytes) => new TextDecoder().decode(bytes)).join(""),
    release,
  };
}

/** Whether a text has Docker's report in it, as `docker exec` prints it. */
export function isStartReport(text: string): boolean {
  return START_REPORTS.some((report) => text.includes(report));
}

/** Makes an error of Docker's report about a command that never ran. */
export function explainStartFailure(report: string): PortholeError {
  const reason = report.replace(/\s+/g, " ").trim()
    .replace(/^OCI runtime exec failed: /, "")
    .replace(/^exec failed: /, "")
    .replace(/^unable to start container process: /, "")
    .replace(/: unknown$/, "");
  // Docker's status, 126 or 127, is not the same in all versions.
  const code = !/^(?:exec: |.*\bexec )/.test(reason)
    ? "cannot_start"
    : /executable file not found|no such file/.test(reason)
    ? "command_not_found"
    : "not_executable";
  return new PortholeError(code, `Cannot start the command: ${reason}`);
}
