import { quoteValue } from "../quote_value.ts";
import type { CompleteInvocation, CompletionKind } from "./invocation.ts";
import type { FlagSources } from "./read_flags.ts";
import { readTarget } from "./read_target.ts";
import type { Words } from "./read_words.ts";
import { refuseRest } from "./refuse_rest.ts";
import { usageError } from "./usage_error.ts";

const KINDS: readonly CompletionKind[] = [
  "clusters",
  "services",
  "targets",
  "tasks",
  "containers",
];

/** Makes sense of `porthole __complete KIND [TARGET]`; of `targets`, TARGET is only begun. */
export function parseComplete(
  words: Words,
  sources: FlagSources,
): CompleteInvocation {
  refuseRest(words, words.surplus[0]);
  const [, word = "", target = ""] = words.operands;
  const candidates = KINDS.find((kind) => kind === word);
  if (candidates === undefined) {
    throw usageError(
      `Cannot complete ${quoteValue(word)}: it must be one of {${
        KINDS.join("|")
      }}`,
    );
  }
  const begun = candidates === "targets" || target === "";
  return {
    kind: "complete",
    candidates,
    ...readTarget(begun ? undefined : target, sources),
    prefix: target,
    typed: words.typed,
  };
}
