import { quoteValue } from "../quote_value.ts";
import type { CompleteInvocation, CompletionKind } from "./invocation.ts";
import type { FlagSources } from "./read_flags.ts";
import { readTarget } from "./read_target.ts";
import type { Words } from "./read_words.ts";
import { refuseRest } from "./refuse_rest.ts";
import { usageError } from "./usage_error.ts";

const KINDS: readonly CompletionKind[] = [
  "profiles",
  "regions",
  "clusters",
  "services",
  "targets",
  "tasks",
  "containers",
];

/** Makes sense of `porthole __complete KIND [TARGET]`; of `targets`, TARGET is only begun, and some need none. */
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
  const isPlace = target !== "" &&
    !["targets", "profiles", "regions"].includes(candidates);
  return {
    kind: "complete",
    candidates,
    ...readTarget(isPlace ? target : undefined, sources),
    prefix: target,
    typed: words.typed,
  };
}
