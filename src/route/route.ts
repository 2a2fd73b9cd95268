import type { PortholeError } from "../errors.ts";

/** How a container is reached, and why. */
export type Route =
  | { readonly kind: "ecs_exec"; readonly because: string }
  | {
    readonly kind: "docker";
    readonly because: string;
    /** A warning that the user must see before the session starts. */
    readonly warning: string;
  };

/** A container that cannot be reached, and why. */
export interface NoRoute {
  readonly kind: "none";
  readonly because: string;
}

/** No way for a session, with the error that refuses one. */
export interface RefusedRoute extends NoRoute {
  readonly error: PortholeError;
}
