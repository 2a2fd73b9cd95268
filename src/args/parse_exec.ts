import { present } from "../present.ts";
import type { ExecAllInvocation, ExecInvocation } from "./invocation.ts";
import { parseExecAll, refuseMany } from "./parse_exec_all.ts";
import { parseSession } from "./parse_session.ts";
import { type FlagSources, readChoice, readSwitch } from "./read_flags.ts";
import { agreeOnTask, readMentions } from "./read_mentions.ts";
import { readSessionVariables } from "./read_session_variables.ts";
import type { Words } from "./read_words.ts";

/** Makes sense of `porthole exec …`. */
export function parseExec(
  words: Words,
  sources: FlagSources,
): ExecInvocation | ExecAllInvocation {
  if (readSwitch(sources, "all")) return parseExecAll(words, sources);
  refuseMany(sources);
  const mentions = readMentions(words.operands[1], sources);
  const task = agreeOnTask(mentions);
  const session = parseSession(words, sources, mentions);
  return present({
    ...session,
    kind: "exec",
    task,
    pick: readChoice(sources, "pick")?.value,
    env: readSessionVariables(sources, session),
  });
}
