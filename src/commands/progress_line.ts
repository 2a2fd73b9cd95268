import type { SharedFlags } from "../args/invocation.ts";
import type { Deps } from "../deps.ts";

/** Takes the cursor to the line's beginning and clears the line. */
const CLEAR_LINE = "\r\x1b[K";

/** A line on standard error that is written over again and again. */
export interface ProgressLine {
  /** Whether there is one: on a terminal that can, where log lines are to be read by people. */
  readonly isLive: boolean;
  /** Does nothing where there is none. */
  show(text: string): void;
  clear(): void;
}

/** Begins a progress line; nothing is shown yet. */
export function createProgressLine(
  { logFormat, quiet }: Pick<SharedFlags, "logFormat" | "quiet">,
  deps: Pick<Deps, "stderr" | "env" | "terminalSize">,
): ProgressLine {
  const isLive = deps.stderr.isTerminal && deps.env("TERM") !== "dumb" &&
    logFormat === "text" && !quiet;
  return {
    isLive,
    show(text) {
      if (!isLive) return;
      // A line that wraps could not be cleared; the last column stays free.
      const width = (deps.terminalSize()?.columns ?? 80) - 1;
      deps.stderr.writeText(`${CLEAR_LINE}${text.slice(0, width)}`);
    },
    clear() {
      if (isLive) deps.stderr.writeText(CLEAR_LINE);
    },
  };
}
