import { quoteValue } from "../quote_value.ts";
import type { CompletionInvocation } from "./invocation.ts";
import type { FlagSources } from "./read_flags.ts";
import { readShared } from "./read_shared.ts";
import type { Words } from "./read_words.ts";
import { refuseRest } from "./refuse_rest.ts";
import { SHELLS } from "./shells.ts";
import { usageError } from "./usage_error.ts";
import { joinWords } from "../join_words.ts";

/** Makes sense of `porthole completion SHELL`. */
export function parseCompletion(
  words: Words,
  sources: FlagSources,
): CompletionInvocation {
  const [, word] = words.operands;
  const shell = SHELLS.find((name) => name === word);
  if (shell === undefined) throw refuseShell(word);
  refuseRest(words, words.surplus[0]);
  return { kind: "completion", shared: readShared(sources), shell };
}

function refuseShell(word: string | undefined) {
  const known = joinWords(SHELLS, "or");
  if (word === undefined) {
    return usageError(
      'Cannot run "completion": no shell was given',
      `The shells are ${known}`,
    );
  }
  return usageError(
    `Cannot write a completion for ${
      quoteValue(word)
    }: the shells are ${known}`,
  );
}
