import { quoteValue } from "../quote_value.ts";
import type { Words } from "./read_words.ts";
import { usageError } from "./usage_error.ts";

/** Refuses the word that is too many, or a `--` where no command follows. */
export function refuseRest({ command, operands }: Words, word?: string): void {
  const surplus = word ?? (command === undefined ? undefined : "--");
  if (surplus === undefined) return;
  throw usageError(
    `Cannot understand ${quoteValue(surplus)}: unexpected argument after "${
      surplus === operands[1] ? operands[0] : operands.join(" ")
    }"`,
  );
}
