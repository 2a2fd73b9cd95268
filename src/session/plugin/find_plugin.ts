import type { Deps } from "../../deps.ts";
import { PortholeError } from "../../errors.ts";
import { findInPath } from "../../find_in_path.ts";

/** AWS's page on how to install session-manager-plugin. */
export const PLUGIN_INSTALL_LINK =
  "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html";

/** Looks session-manager-plugin up in PATH; fails with AWS's install page when it is not there. */
export async function findPlugin(
  deps: Pick<Deps, "platform" | "env" | "isExecutable">,
): Promise<string> {
  const path = await findInPath(["session-manager-plugin"], deps);
  if (path !== undefined) return path;
  throw new PortholeError(
    "plugin_not_found",
    "session-manager-plugin not found in PATH",
    {
      hint: "Install it, or leave --session at auto to use the built-in client",
      link: PLUGIN_INSTALL_LINK,
    },
  );
}
