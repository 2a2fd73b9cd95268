import { quoteWord } from "../shell_words.ts";

/**
 * Joins words so that the agent's splitter gives exactly them back.
 *
 * The agent splits ExecuteCommand's text with Google's shlex rules and runs no shell; an unquoted
 * `#` would start a comment there, so everything but plain word characters goes in single quotes.
 */
export function quoteCommand(words: readonly string[]): string {
  return words.map((word) => quoteWord(word)).join(" ");
}
