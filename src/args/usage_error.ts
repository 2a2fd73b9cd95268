import { joinWords } from "../shell_words.ts";
import { PortholeError } from "../errors.ts";

/** A mistake on the command line, with what to type instead. */
export function usageError(
  message: string,
  hint?: string | readonly string[],
): PortholeError {
  return new PortholeError("usage", message, { hint });
}

/** Writes words as they can be typed into a shell, for hints. */
export function shellLine(words: readonly string[]): string {
  return joinWords([...words]).replace(/\p{Cc}/gu, "?");
}
