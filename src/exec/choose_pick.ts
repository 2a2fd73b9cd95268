import type { PickChoice } from "../choices.ts";
import type { Setting } from "../setting.ts";

/** Which of several tasks to take. The container is asked for only where "prompt" was typed. */
export function choosePick(
  pick: Setting<PickChoice> | undefined,
): PickChoice | undefined {
  return pick?.value === "prompt" && pick.source.kind !== "flag"
    ? undefined
    : pick?.value;
}
