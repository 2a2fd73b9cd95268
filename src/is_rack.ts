import type { Setting } from "./setting.ts";

/** What turns off a rack that a variable or a file names. */
const NO_RACK = "none";

/** Whether a setting names a rack. */
export function isRack(
  setting: Setting<string> | undefined,
): setting is Setting<string> {
  return setting !== undefined && setting.value !== NO_RACK;
}
