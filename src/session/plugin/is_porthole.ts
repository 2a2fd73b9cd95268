import type { Deps } from "../../deps.ts";

/** The name by which callers of AWS's plugin find it. */
export const PLUGIN_NAME = "session-manager-plugin";

/** Whether a program in the plugin's place is porthole, by what its link leads to. */
export async function isPorthole(
  path: string,
  { realPath }: Pick<Deps, "realPath">,
): Promise<boolean> {
  try {
    return /^porthole/.test(nameOf(await realPath(path)));
  } catch {
    return false;
  }
}

/** Whether porthole was called by the plugin's name. */
export function isPluginName(path: string): boolean {
  return nameOf(path).replace(/\.exe$/i, "") === PLUGIN_NAME;
}

function nameOf(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? "";
}
