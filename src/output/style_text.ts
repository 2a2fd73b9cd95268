import { styleText } from "node:util";
import type { ColorChoice } from "../args/invocation.ts";
import type { Deps } from "../deps.ts";

/** Whether texts on stderr get colours: as `--color` says, else on a terminal without NO_COLOR. */
export function usesColor(
  choice: ColorChoice,
  deps: Pick<Deps, "env" | "stderr">,
): boolean {
  if (choice !== "auto") return choice === "always";
  return deps.stderr.isTerminal && !deps.env("NO_COLOR") &&
    deps.env("TERM") !== "dumb";
}

/** Makes text stand back. */
export function dimText(text: string): string {
  return styleText("dim", text, { validateStream: false });
}
