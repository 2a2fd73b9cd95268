import { present } from "../present.ts";
import { quoteValue } from "../quote_value.ts";
import type { PluginInvocation } from "./invocation.ts";
import { type FlagSources, readSwitch, readText } from "./read_flags.ts";
import { readShared } from "./read_shared.ts";
import type { Words } from "./read_words.ts";
import { refuseRest } from "./refuse_rest.ts";
import { usageError } from "./usage_error.ts";

/** What `porthole plugin` can be asked for by a person. */
export const PLUGIN_WORDS = ["install"] as const;

/** Makes sense of `porthole plugin install …`; calls of AWS's plugin do not come here. */
export function parsePlugin(
  words: Words,
  sources: FlagSources,
): PluginInvocation {
  const [, word] = words.operands;
  if (word !== "install") {
    throw usageError(
      word === undefined
        ? 'Cannot run "plugin": a subcommand is missing'
        // It may be a session that was mangled, with its token.
        : `Cannot run "plugin": ${
          /^[\w-]{1,40}$/.test(word) ? quoteValue(word) : "its argument"
        } is neither a subcommand nor a session`,
      "porthole plugin install",
    );
  }
  refuseRest(words, words.surplus[0]);
  return present({
    kind: "plugin_install",
    shared: readShared(sources),
    dir: readText(sources, "dir")?.value,
    force: readSwitch(sources, "force"),
  });
}
