import type { Config } from "../config/config.ts";
import type { Deps } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import { findPlugin } from "../session/plugin/find_plugin.ts";

/** Which program carries a session of Session Manager. */
export type Carrier =
  | { readonly kind: "plugin"; readonly path: string }
  | { readonly kind: "builtin" };

/** Docker's own stream carries the session. */
export interface DockerCarrier {
  readonly kind: "docker";
}

/** Why it is this carrier. */
interface Choice {
  readonly because: string;
  /** What the user should be told of it before it starts. */
  readonly notice?: string;
}

/** A carrier, and why it is this one. */
export type ChosenCarrier = (Carrier | DockerCarrier) & Choice;

/** A carrier of Session Manager, and why it is this one. */
export type SessionManagerClient = Carrier & Choice;

/**
 * Chooses the program that carries the session; the plugin is looked up before anything starts.
 *
 * @throws PortholeError plugin_not_found where the plugin was asked for.
 */
export async function chooseCarrier(
  { session }: Pick<Config, "session">,
  { interactive, keepAlive }: {
    readonly interactive: boolean;
    /** `--keep-alive` was typed. */
    readonly keepAlive: boolean;
  },
  deps: Pick<Deps, "platform" | "env" | "isExecutable">,
): Promise<SessionManagerClient> {
  const choice = session.value;
  if (choice === "builtin") {
    return { kind: "builtin", because: "it was asked for" };
  }
  if (choice === "auto" && !interactive) {
    return {
      kind: "builtin",
      because: "the plugin tells no status and ends with its input",
    };
  }
  if (choice === "auto" && keepAlive) {
    return { kind: "builtin", because: "the plugin has no --keep-alive" };
  }
  try {
    const path = await findPlugin(deps);
    return {
      kind: "plugin",
      path,
      because: choice === "plugin" ? "it was asked for" : "it is installed",
    };
  } catch (error) {
    if (choice === "plugin" || !(error instanceof PortholeError)) throw error;
    return {
      kind: "builtin",
      because: error.message,
      notice:
        `${error.message}, using the built-in client (to install it: ${error.link})`,
    };
  }
}
