import type { SharedFlags } from "../args/invocation.ts";
import type { Deps } from "../deps.ts";
import { dimText, usesColor } from "../output/style_text.ts";
import { askLine } from "../prompt/ask_line.ts";
import { runFilter } from "../prompt/run_filter.ts";
import type { Chooser } from "../target/chooser.ts";

/** Whoever can be asked: a person at a terminal, or a filter command. */
export function createChooser(
  { noInput, color }: Pick<SharedFlags, "noInput" | "color">,
  filter: string | undefined,
  deps: Deps,
): Omit<Chooser, "announce" | "enterPlace"> {
  const hasTerminal = deps.stdin.isTerminal && deps.stderr.isTerminal;
  return {
    // Filters open the terminal themselves: standard input may be something else.
    canAsk: (hasTerminal || filter !== undefined) && !noInput,
    print: deps.stderr.writeText,
    ask: (question) => askLine(question, deps),
    ...(filter === undefined
      ? {}
      : { filter: (candidates) => runFilter(filter, candidates, deps) }),
    ...(usesColor(color, deps) ? { dim: dimText } : {}),
    terminalSize: deps.terminalSize,
    now: deps.now,
    random: Math.random,
  };
}
