import { tameText } from "../../aws/tame_text.ts";
import { PortholeError } from "../../errors.ts";
import { joinBytes } from "../../join_bytes.ts";

/** Output that waits as long as all of it may be the wrapper's own report. */
export interface HeldOutput {
  /** Returns what is certainly the command's. */
  push(bytes: Uint8Array): Uint8Array;
  /** Takes what is still held. */
  release(): Uint8Array;
}

/** How the wrapper's shells begin their messages: by their name, and bash, in a function, by another. */
const BEGINNINGS: readonly string[] = ["porthole: ", "environment: line "];
const LONGEST_REPORT = 2048;
const NOTHING = new Uint8Array(0);

/**
 * Holds output back that begins as the wrapper's report of a command that could not start, or as one of `others`.
 *
 * Only the status shows whether it is one; output that begins differently is never held.
 */
export function holdShellReport(
  others: readonly string[] = [],
): HeldOutput {
  const beginnings = [...BEGINNINGS, ...others]
    .map((text) => new TextEncoder().encode(text));
  let held: Uint8Array = NOTHING;
  let holding = true;
  return {
    push(bytes) {
      if (!holding) return bytes;
      const all = joinBytes([held, bytes]);
      holding = all.length <= LONGEST_REPORT &&
        beginnings.some((beginning) => haveCommonStart(all, beginning));
      // The bytes may be the sender's to use again: what waits is a copy.
      held = holding ? all.slice() : NOTHING;
      return holding ? NOTHING : all;
    },
    release() {
      const rest = held;
      held = NOTHING;
      holding = false;
      return rest;
    },
  };
}

function haveCommonStart(a: Uint8Array, b: Uint8Array): boolean {
  const length = Math.min(a.length, b.length);
  return a.subarray(0, length).every((byte, at) => byte === b[at]);
}

const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

/** The reason in a report, if `held` is one: `nosuch: not found`; one of `others` is its own reason. */
export function readShellReport(
  held: Uint8Array,
  status: number,
  others: readonly string[] = [],
): string | undefined {
  if (status !== NOT_EXECUTABLE && status !== NOT_FOUND) return undefined;
  const lines = new TextDecoder().decode(held).split(/\r?\n/)
    .filter((line) => line !== "");
  const isReport = lines.length > 0 &&
    lines.every((line) =>
      [...BEGINNINGS, ...others].some((beginning) => line.startsWith(beginning))
    );
  if (!isReport) return undefined;
  // dash, bash and busybox each say it in their own way, bash in two lines.
  return lines.at(-1)?.replace(/^(?:porthole|environment): /, "")
    .replace(/^(?:line )?\d+: /, "")
    .replace(/^(?:exec|cd): /, "")
    .replace(/^line \d+: /, "");
}

/** Makes an error of a reason that a shell gave, with its status. */
export function explainShellReport(
  reason: string,
  status: number,
): PortholeError {
  return new PortholeError(
    status === NOT_FOUND ? "command_not_found" : "not_executable",
    `Cannot start the command: ${tameText(reason)}`,
  );
}
