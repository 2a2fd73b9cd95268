import type { StatusInvocation } from "./invocation.ts";
import {
  type FlagSources,
  readChoice,
  readCount,
  readSwitch,
} from "./read_flags.ts";
import { readTarget } from "./read_target.ts";
import type { Words } from "./read_words.ts";
import { refuseRest } from "./refuse_rest.ts";

const EVENTS = 5;

/** Makes sense of `porthole status …`. */
export function parseStatus(
  words: Words,
  sources: FlagSources,
): StatusInvocation {
  refuseRest(words, words.surplus[0]);
  return {
    kind: "status",
    ...readTarget(words.operands[1], sources),
    events: readCount(sources, "events") ?? EVENTS,
    watch: readSwitch(sources, "watch"),
    output: readChoice(sources, "output")?.value ?? "text",
  };
}
