import { closestName } from "../closest_name.ts";
import { quoteValue } from "../quote_value.ts";
import { HELP_TOPICS, type HelpTopic } from "./help_topics.ts";
import type { HelpInvocation } from "./invocation.ts";
import type { Words } from "./read_words.ts";
import { refuseRest } from "./refuse_rest.ts";
import { usageError } from "./usage_error.ts";

/** Makes sense of `porthole help …`. */
export function parseHelp(words: Words): HelpInvocation {
  refuseRest(words, words.surplus[0]);
  return helpOn(readTopic(words.operands[1]));
}

/** The help on a topic, or the overview. */
export function helpOn(topic: HelpTopic | undefined): HelpInvocation {
  return topic === undefined ? { kind: "help" } : { kind: "help", topic };
}

function readTopic(word: string | undefined): HelpTopic | undefined {
  if (word === undefined || word === "help") return undefined;
  const topic = HELP_TOPICS.find((name) => name === word);
  if (topic !== undefined) return topic;
  const near = closestName(word, HELP_TOPICS);
  throw usageError(
    `Cannot find help on ${quoteValue(word)}: the topics are ${
      HELP_TOPICS.join(", ")
    }`,
    near && `Did you mean "porthole help ${near}"?`,
  );
}
