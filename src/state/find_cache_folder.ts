import type { Deps } from "../deps.ts";
import { folderBelow } from "../user_folders.ts";

/**
 * Where porthole may keep what it can do without; undefined where the system names no such place.
 *
 * By the XDG specification; macOS and Windows have folders of their own.
 */
export function findCacheFolder(
  deps: Pick<Deps, "platform" | "env">,
): string | undefined {
  switch (deps.platform) {
    case "windows":
      return folderBelow(deps, "LOCALAPPDATA", "porthole");
    case "darwin":
      return folderBelow(deps, "XDG_CACHE_HOME", "porthole") ??
        folderBelow(deps, "HOME", "Library", "Caches", "porthole");
    case "linux":
      return folderBelow(deps, "XDG_CACHE_HOME", "porthole") ??
        folderBelow(deps, "HOME", ".cache", "porthole");
  }
}
