import { posix, win32 } from "node:path";
import type { Deps } from "./deps.ts";

type FolderDeps = Pick<Deps, "platform" | "env">;

/** Joins paths as the platform writes them. */
export function joinPath(
  { platform }: Pick<Deps, "platform">,
  ...parts: readonly string[]
): string {
  return (platform === "windows" ? win32 : posix).join(...parts);
}

/**
 * The folder below the one that a variable names; undefined where the variable names none.
 *
 * A relative folder would make the working directory decide: the XDG specification has it ignored too.
 */
export function folderBelow(
  deps: FolderDeps,
  name: string,
  ...more: readonly string[]
): string | undefined {
  const { isAbsolute } = deps.platform === "windows" ? win32 : posix;
  const value = deps.env(name);
  return value && isAbsolute(value)
    ? joinPath(deps, value, ...more)
    : undefined;
}

/** Where the system keeps this user's configuration, as the XDG specification has it; undefined without a home. */
export function findConfigFolder(deps: FolderDeps): string | undefined {
  return deps.platform === "windows"
    ? folderBelow(deps, "APPDATA")
    : folderBelow(deps, "XDG_CONFIG_HOME") ??
      folderBelow(deps, "HOME", ".config");
}
