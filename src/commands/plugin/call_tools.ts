import type { Sessions } from "../../access/access.ts";
import type { Deps } from "../../deps.ts";
import type { Log } from "../../log.ts";
import type { PluginCall } from "./read_plugin_call.ts";

/** What every part of a call works with. */
export interface CallTools {
  readonly call: PluginCall;
  readonly access: Omit<Sessions, "open">;
  readonly deps: Deps;
  readonly log: Log;
}
