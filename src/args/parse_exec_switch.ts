import { quoteValue } from "../quote_value.ts";
import type { ExecSwitchInvocation } from "./invocation.ts";
import { type FlagSources, readChoice, readSwitch } from "./read_flags.ts";
import { readTarget } from "./read_target.ts";
import type { Words } from "./read_words.ts";
import { refuseRest } from "./refuse_rest.ts";
import { usageError } from "./usage_error.ts";

/** Makes sense of `porthole enable-exec …`. */
export const parseEnableExec = (words: Words, sources: FlagSources) =>
  parseExecSwitch(words, sources, "enable-exec");

/** Makes sense of `porthole disable-exec …`. */
export const parseDisableExec = (words: Words, sources: FlagSources) =>
  parseExecSwitch(words, sources, "disable-exec");

function parseExecSwitch(
  words: Words,
  sources: FlagSources,
  verb: "enable-exec" | "disable-exec",
): ExecSwitchInvocation {
  refuseRest(words, words.surplus[0]);
  const target = words.operands[1];
  const { shared, taskId } = readTarget(target, sources);
  if (target !== undefined && taskId !== undefined) {
    throw usageError(
      `Cannot use TARGET ${
        quoteValue(target)
      } with "${verb}": it is a task, and a running task cannot be changed`,
      `Name its service: porthole ${verb} SERVICE`,
    );
  }
  return {
    kind: "exec_switch",
    enable: verb === "enable-exec",
    shared,
    yes: readSwitch(sources, "yes"),
    wait: !readSwitch(sources, "no-wait"),
    output: readChoice(sources, "output")?.value ?? "text",
  };
}
