import type { Config } from "../config/config.ts";
import type { EcsExecChoice, RouteChoice } from "../choices.ts";
import type { Setting } from "../setting.ts";

/** The settings that bear on the way to a container. */
export interface RouteSettings {
  readonly via: Setting<RouteChoice>;
  readonly ecsExec: Setting<EcsExecChoice> | undefined;
  readonly generation: Setting<1> | undefined;
  /** Docker is reached through a session on the instance, not through its API. */
  readonly throughSessionManager: boolean;
}

/** The `exec.docker.host` that goes through Session Manager to a shell of the instance. */
const SESSION_MANAGER = "ssm";

/** Reads them from the configuration. */
export function readRouteSettings(
  { via, ecsExec, generation, dockerHost }: Pick<
    Config,
    "via" | "ecsExec" | "generation" | "dockerHost"
  >,
): RouteSettings {
  return {
    via,
    ecsExec,
    generation,
    throughSessionManager: dockerHost?.value === SESSION_MANAGER,
  };
}
