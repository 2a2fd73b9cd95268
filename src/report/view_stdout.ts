import { present } from "../present.ts";
import type { ColorChoice } from "../choices.ts";
import type { Deps } from "../deps.ts";
import { readColumns } from "../output/read_columns.ts";
import { dimText, usesColor } from "../output/style_text.ts";

/**
 * What standard output can show: output into a file is neither cut nor colored. A program that shows
 * what it reads, as `watch` does, exports the width it has.
 */
export function viewStdout(
  color: ColorChoice,
  deps: Pick<Deps, "now" | "env" | "stdout" | "stderr" | "terminalSize">,
): {
  readonly now: Date;
  readonly width?: number;
  readonly dim?: (text: string) => string;
} {
  const { stdout } = deps;
  const width = stdout.isTerminal
    ? deps.terminalSize()?.columns
    : readColumns(deps.env("COLUMNS"));
  return {
    now: deps.now(),
    ...present({ width }),
    ...(usesColor(color, deps, stdout) ? { dim: dimText } : {}),
  };
}
