import { present } from "../present.ts";
import { closestName } from "../closest_name.ts";
import { quoteValue } from "../quote_value.ts";
import type { ConfigShowInvocation } from "./invocation.ts";
import { type FlagSources, readChoice } from "./read_flags.ts";
import { readShared } from "./read_shared.ts";
import type { Words } from "./read_words.ts";
import { refuseRest } from "./refuse_rest.ts";
import { usageError } from "./usage_error.ts";

/** Makes sense of `porthole config show …`. */
export function parseConfigShow(
  words: Words,
  sources: FlagSources,
): ConfigShowInvocation {
  const [, word] = words.operands;
  if (word !== "show") throw refuseWord(word);
  refuseRest(words, words.surplus[0]);
  const via = readChoice(sources, "via");
  const session = readChoice(sources, "session");
  return present({
    kind: "config_show",
    shared: readShared(sources),
    via,
    ecsExec: readChoice(sources, "ecs-exec"),
    session,
    pick: readChoice(sources, "pick"),
    output: readChoice(sources, "output")?.value ?? "text",
  });
}

function refuseWord(word: string | undefined) {
  if (word === undefined) {
    return usageError(
      'Cannot run "config": a subcommand is missing',
      'To see the settings: "porthole config show"',
    );
  }
  const near = closestName(word, ["show"]);
  return usageError(
    `Cannot understand ${quoteValue(word)}: "config" has only "show"`,
    near && 'Did you mean "porthole config show"?',
  );
}
