import type { VersionInvocation } from "./invocation.ts";
import { type FlagSources, readSwitch } from "./read_flags.ts";
import { readShared } from "./read_shared.ts";
import type { Words } from "./read_words.ts";
import { refuseRest } from "./refuse_rest.ts";

/** Makes sense of `porthole version …`. */
export function parseVersion(
  words: Words,
  sources: FlagSources,
): VersionInvocation {
  refuseRest(words, words.operands[1] ?? words.surplus[0]);
  return readVersion(sources);
}

/** What `--version` asks for, whatever stands beside it. */
export function readVersion(sources: FlagSources): VersionInvocation {
  return {
    kind: "version",
    shared: readShared(sources),
    check: readSwitch(sources, "check"),
  };
}
