import { present } from "../present.ts";
import type { DoctorInvocation } from "./invocation.ts";
import {
  type FlagSources,
  readChoice,
  readSwitch,
  readText,
} from "./read_flags.ts";
import { readTarget } from "./read_target.ts";
import type { Words } from "./read_words.ts";
import { refuseRest } from "./refuse_rest.ts";

/** Makes sense of `porthole doctor …`. */
export function parseDoctor(
  words: Words,
  sources: FlagSources,
): DoctorInvocation {
  refuseRest(words, words.surplus[0]);
  return present({
    kind: "doctor",
    ...readTarget(words.operands[1], sources),
    container: readText(sources, "container")?.value,
    via: readChoice(sources, "via"),
    ecsExec: readChoice(sources, "ecs-exec"),
    session: readChoice(sources, "session"),
    probe: !readSwitch(sources, "no-probe"),
    output: readChoice(sources, "output")?.value ?? "text",
  });
}
