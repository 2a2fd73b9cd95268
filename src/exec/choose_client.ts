import type { Config } from "../config/config.ts";
import type { Deps } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import {
  findPlugin,
  PLUGIN_INSTALL_LINK,
} from "../session/plugin/find_plugin.ts";
import { isPorthole } from "../session/plugin/is_porthole.ts";
import {
  FIRST_THAT_SIGNS,
  readsEnvironment,
  signsConnection,
  tryPlugin,
} from "../session/plugin/try_plugin.ts";

/** Which program carries a session of Session Manager. */
export type Client =
  | {
    readonly kind: "plugin";
    readonly path: string;
    /** Undefined where it is not known. */
    readonly version?: string | undefined;
  }
  | { readonly kind: "builtin" };

/** Docker's own stream carries the session. */
export interface DockerItself {
  readonly kind: "docker";
}

/** Why it is this client. */
interface Choice {
  readonly because: string;
  /** A line about the client before it starts. */
  readonly notice?: string;
  /** A warning about the client, which `-q` does not hide. */
  readonly warning?: string;
}

/** A client, and why it is this one. */
export type ChosenClient = (Client | DockerItself) & Choice;

/** A client of Session Manager, and why it is this one. */
export type SessionManagerClient = Client & Choice;

/**
 * Chooses the program that carries the session. The plugin is looked up and tried before anything starts;
 * one that is missing, cannot be executed or does not sign leaves `auto` to the built-in client.
 *
 * @throws PortholeError plugin_not_found, plugin_failed where the plugin was asked for.
 */
export async function chooseClient(
  { session }: Pick<Config, "session">,
  { interactive, keepAlive, variables, record = false }: {
    readonly interactive: boolean;
    /** `--env` was typed. */
    readonly variables: boolean;
    /** `--keep-alive` was typed. */
    readonly keepAlive: boolean;
    /** `--record` was typed. */
    readonly record?: boolean;
  },
  deps:
    & Pick<
      Deps,
      "platform" | "env" | "isExecutable" | "realPath" | "spawn" | "sleep"
    >
    & { readonly stdout: Pick<Deps["stdout"], "isTerminal"> },
): Promise<SessionManagerClient> {
  const choice = session.value;
  if (choice === "builtin") {
    return { kind: "builtin", because: "it was requested" };
  }
  if (choice === "auto" && !interactive) {
    return {
      kind: "builtin",
      because: "the plugin stops when its input ends",
    };
  }
  if (choice === "auto" && !deps.stdout.isTerminal) {
    return {
      kind: "builtin",
      because:
        "the plugin mixes its own lines into output that is not a terminal",
    };
  }
  if (record && choice === "plugin") {
    throw new PortholeError(
      "usage",
      'Cannot use "--record" with the plugin: it owns the terminal, and nothing passes through porthole',
      { hint: "--session builtin can be recorded" },
    );
  }
  if (choice === "auto" && record) {
    return { kind: "builtin", because: "the plugin cannot be recorded" };
  }
  if (choice === "auto" && keepAlive) {
    return { kind: "builtin", because: "the plugin has no --keep-alive" };
  }
  if (choice === "auto" && variables) {
    return { kind: "builtin", because: "the plugin cannot carry --env" };
  }
  let path: string;
  let version: string | undefined;
  try {
    path = await findPlugin(deps);
    if (choice === "auto" && await isPorthole(path, deps)) {
      return {
        kind: "builtin",
        because: "the plugin in PATH is porthole itself",
      };
    }
    version = await tryPlugin(path, deps);
  } catch (error) {
    if (choice === "plugin" || !(error instanceof PortholeError)) throw error;
    return insteadOfPlugin(error.message, "install");
  }
  const signs = signsConnection(version);
  if (choice === "auto" && !signs) {
    return insteadOfPlugin(explainNoSignature(version), "update");
  }
  return {
    kind: "plugin",
    path,
    version,
    because: choice === "auto" ? "it is installed" : "it was requested",
    // One that does not report its version may be as new as any.
    ...(signs || version === undefined ? {} : { warning: warnOfOld(version) }),
  };
}

/** The line that says why, how to change it, and how to be spared it. */
function insteadOfPlugin(
  reason: string,
  remedy: "install" | "update",
): SessionManagerClient {
  return {
    kind: "builtin",
    because: reason,
    notice:
      `${reason}, using the built-in client (to ${remedy} it: ${PLUGIN_INSTALL_LINK}; ` +
      `exec.session: builtin in the configuration hides this line)`,
  };
}

function explainNoSignature(version: string | undefined): string {
  return version === undefined
    ? `session-manager-plugin does not report its version (${FIRST_THAT_SIGNS} or later is needed)`
    : `session-manager-plugin ${version} does not sign its connection (${FIRST_THAT_SIGNS} or later does)`;
}

function warnOfOld(version: string): string {
  const token = readsEnvironment(version)
    ? ""
    : ", and it receives the session's token as an argument, which other users of this machine can see";
  return `${
    explainNoSignature(version)
  }, which AWS may refuse${token}: update it (${PLUGIN_INSTALL_LINK})`;
}
