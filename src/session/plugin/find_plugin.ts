import type { Deps } from "../../deps.ts";
import { PortholeError } from "../../errors.ts";

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
    // Relative PATH entries are skipped so that a program in the current directory is never run.
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
