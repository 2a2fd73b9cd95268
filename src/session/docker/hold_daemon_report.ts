import { tameText } from "../../aws/tame_text.ts";
import { PortholeError } from "../../errors.ts";

/** How Docker's reports of a command that could not start begin; they come in the place of its output. */
export const DAEMON_REPORTS = [
  "OCI runtime exec failed: ",
  "unable to find ",
] as const;
/** Podman's: its runtime's own words, and a summary. */
const PODMAN_REPORT = /^Error: [^]*: OCI /;
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
 * Holds output back that begins as Docker's reports do: only the end shows whether it is one.
 *
 * Docker writes the report in one piece, so a first piece that begins differently, or is shorter, passes at once.
 */
export function holdDaemonReport(
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
        ? mayBeReport(
          new TextDecoder().decode(bytes.subarray(0, LONGEST_REPORT)),
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

function mayBeReport(text: string): boolean {
  return DAEMON_REPORTS.some((report) => text.startsWith(report)) ||
    PODMAN_REPORT.test(text);
}

/** Whether a text has Docker's report in it, as `docker exec` prints it. */
export function isDaemonReport(text: string): boolean {
  return DAEMON_REPORTS.some((report) => text.includes(report));
}

/** Whether a report says that the container has no `sh` that can be run. */
export function lacksShell(report: string): boolean {
  return /\bexec: \\?"sh\\?": |executable file `sh` not found/.test(report);
}

/**
 * Makes an error of a report about a command that never ran.
 *
 * Docker hands on runc's words with "OCI runtime exec failed"; podman its whole log line, `Error: runc: time="…"
 * level=error msg="exec failed: …": OCI …`, and what became of its own connection after that.
 */
export function explainDaemonReport(report: string): PortholeError {
  const logged = /\bmsg="((?:[^"\\]|\\.)*)"/.exec(report)?.[1]
    ?.replace(/\\(.)/g, "$1");
  const reason = tameText(logged ?? report)
    .replace(/^Error: (?:[^ ]*: )?(.*?): OCI .*$/, "$1")
    .replace(/^OCI runtime exec failed: /, "")
    .replace(/^exec failed: /, "")
    .replace(/^unable to start container process: /, "")
    .replace(/: unknown$/, "");
  // Docker's status, 126 or 127, is not the same in all versions.
  const code = !/^(?:exec: |executable file |.*\bexec )/.test(reason)
    ? "cannot_start"
    : /executable file (?:\S+ )?not found|no such file/i.test(reason)
    ? "command_not_found"
    : "not_executable";
  return new PortholeError(code, `Cannot start the command: ${reason}`);
}
