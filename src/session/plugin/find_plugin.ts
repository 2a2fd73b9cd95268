import type { Deps } from "../../deps.ts";
import { messageOf, PortholeError } from "../../errors.ts";

/** AWS's page on how to install session-manager-plugin. */
export const PLUGIN_INSTALL_LINK =
  "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html";

/** Looks session-manager-plugin up in PATH; fails with AWS's install page when it is not there. */
export async function findPlugin(
  deps: Pick<Deps, "platform" | "env" | "isExecutable">,
): Promise<string> {
  const windows = deps.platform === "windows";
  const name = windows
    ? "session-manager-plugin.exe"
    : "session-manager-plugin";
  for (const entry of (deps.env("PATH") ?? "").split(windows ? ";" : ":")) {
    const folder = windows ? entry.replace(/^"(.*)"$/, "$1") : entry;
    // A program is never taken from the current directory by accident.
    if (!(windows ? /^([a-z]:)?[\\/]/i : /^\//).test(folder)) continue;
    const path = `${folder.replace(/[\\/]+$/, "")}${
      windows ? "\\" : "/"
    }${name}`;
    if (await deps.isExecutable(path)) return path;
  }
  throw new PortholeError(
    "plugin_not_found",
    "session-manager-plugin not found in PATH",
    {
      hint: "Install it, or leave --session at auto to use the built-in client",
      link: PLUGIN_INSTALL_LINK,
    },
  );
}

/** The last plugin that takes the session token in its arguments only. */
const LAST_WITHOUT_ENVIRONMENT = [1, 2, 497];

/** Asks the plugin for its version; undefined when it gives no answer that we know. */
export async function readPluginVersion(
  path: string,
  deps: Pick<Deps, "spawn">,
): Promise<string | undefined> {
  let text: string;
  try {
    const child = deps.spawn({
      command: path,
      args: ["--version"],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    });
    text = await new Response(child.stdout).text();
    await child.exit;
  } catch (error) {
    throw new PortholeError(
      "plugin_failed",
      `Cannot start "${path}": ${messageOf(error)}`,
      {
        link: PLUGIN_INSTALL_LINK,
        cause: error,
      },
    );
  }
  return /^\s*(\d+(?:\.\d+){1,3})\s*$/.exec(text)?.[1];
}

/** Whether a plugin of this version reads its session from an environment variable. An unknown one is taken for new. */
export function takesTokenFromEnvironment(
  version: string | undefined,
): boolean {
  if (version === undefined) return true;
  const parts = version.split(".").map(Number);
  for (const [place, last] of LAST_WITHOUT_ENVIRONMENT.entries()) {
    const part = parts[place] ?? 0;
    if (part !== last) return part > last;
  }
  return false;
}
