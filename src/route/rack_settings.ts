import type { EcsExecChoice } from "../choices.ts";
import type { Source } from "../setting.ts";
import type { RouteSettings } from "./read_route_settings.ts";

/** What a rack of porthole's has that bears on the way to a container. */
export interface RackRoute {
  /** Its parameter. */
  readonly ecsExec: EcsExecChoice;
  /** Of the app: 1 always takes Docker. */
  readonly generation: 1 | 2;
}

/** The settings by which such a rack decides; its clients, told of them, come to the same. */
export function readRackSettings(
  { ecsExec, generation }: RackRoute,
): Pick<RouteSettings, "via" | "ecsExec" | "generation"> {
  const rack = (name: string): Source => ({ kind: "rack", name });
  return {
    via: { value: "auto", source: { kind: "default" } },
    ecsExec: { value: ecsExec, source: rack("the rack's parameter ECSExec") },
    generation: generation === 1
      ? { value: 1, source: rack("the generation of the app") }
      : undefined,
  };
}
