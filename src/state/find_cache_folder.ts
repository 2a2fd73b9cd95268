import { posix, win32 } from "node:path";
import type { Deps } from "../deps.ts";

/**
 * Where porthole may keep what it can do without; undefined where the system names no such place.
 *
 * By the XDG specification, which has a relative folder ignored; macOS and Windows have their own.
 */
export function findCacheFolder(
  { platform, env }: Pick<Deps, "platform" | "env">,
): string | undefined {
  const { isAbsolute, join } = platform === "windows" ? win32 : posix;
  const folder = (name: string, ...more: readonly string[]) => {
    const value = env(name);
    return value && isAbsolute(value)
      ? join(value, ...more, "porthole")
      : undefined;
  };
  switch (platform) {
    case "windows":
      return folder("LOCALAPPDATA");
    case "darwin":
      return folder("XDG_CACHE_HOME") ?? folder("HOME", "Library", "Caches");
    case "linux":
      return folder("XDG_CACHE_HOME") ?? folder("HOME", ".cache");
  }
}
