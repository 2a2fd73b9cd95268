import { styleText } from "node:util";
import type { ColorChoice } from "../choices.ts";
import type { Deps, OutputDevice } from "../deps.ts";

/** Whether texts get colours: as `--color` says, else on a terminal without NO_COLOR. */
export function usesColor(
  choice: ColorChoice,
  { env, stderr }: Pick<Deps, "env" | "stderr">,
  device: Pick<OutputDevice, "isTerminal"> = stderr,
): boolean {
  if (choice !== "auto") return choice === "always";
  return device.isTerminal && !env("NO_COLOR") && env("TERM") !== "dumb";
}

/** Makes text stand back. */
export function dimText(text: string): string {
  return styleText("dim", text, { validateStream: false });
}
