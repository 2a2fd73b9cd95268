import type { SharedFlags } from "../args/invocation.ts";
import type { Deps } from "../deps.ts";
import type { Log } from "../log.ts";
import { CLEAR_LINE } from "../output/clear_line.ts";
import { toLine } from "../quote_value.ts";

/** Shows the progress of a wait. */
export interface ProgressLine {
  /** In a line that `seconds` make count, or in the log, once for each `text`. */
  show(text: string, seconds: string): void;
  /** Takes the line away, for good. */
  clear(): void;
}

/** Starts a line on a terminal's stderr, else lines in the log. */
export function startProgressLine(
  log: Log,
  { stderr, env, terminalSize }: Pick<Deps, "stderr" | "env" | "terminalSize">,
  { logFormat }: Pick<SharedFlags, "logFormat">,
): ProgressLine {
  const counts = stderr.isTerminal && env("TERM") !== "dumb" &&
    logFormat === "text" && !log.isQuiet();
  let last: string | undefined;
  let over = false;
  return {
    show(text, seconds) {
      // A cancelled wait may look once more.
      if (over) return;
      if (counts) {
        // A line that wraps could not be cleared; the last column stays free.
        const width = (terminalSize()?.columns ?? 80) - 1;
        const line = toLine(`${text}: ${seconds}`).slice(0, width);
        stderr.writeText(`${CLEAR_LINE}${line}`);
      } else if (text !== last) log.info(text);
      last = text;
    },
    clear() {
      over = true;
      if (counts && last !== undefined) stderr.writeText(CLEAR_LINE);
    },
  };
}
