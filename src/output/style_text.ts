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

/** Colours that set neighbours apart, and that a dark and a light terminal show. */
const PAINTS = [
  "cyan",
  "yellow",
  "green",
  "magenta",
  "blue",
  "redBright",
] as const;

/** Gives text the color of its number. */
export function paintText(text: string, number: number): string {
  const paint = PAINTS[number % PAINTS.length]!;
  return styleText(paint, text, { validateStream: false });
}
