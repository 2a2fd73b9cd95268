import type { CompletionModel } from "../../args/completion_model.ts";
import type { Shell } from "../../args/shells.ts";
import { formatBash } from "./bash.ts";
import { formatFish } from "./fish.ts";
import { formatPowershell } from "./powershell.ts";
import { formatZsh } from "./zsh.ts";

const FORMATS: Readonly<Record<Shell, (model: CompletionModel) => string>> = {
  bash: formatBash,
  zsh: formatZsh,
  fish: formatFish,
  powershell: formatPowershell,
};

/** Writes the script that makes a shell complete porthole's command lines. */
export function formatCompletion(
  shell: Shell,
  model: CompletionModel,
): string {
  return FORMATS[shell](model);
}
