import { posix, win32 } from "node:path";
import type { Deps } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import type { ConfigFile } from "./config_error.ts";
import { readFile } from "./find_file.ts";

/** The files beside the project's, the one that wins first, and those that could not be read. */
export interface SharedFiles {
  readonly files: readonly ConfigFile[];
  readonly warnings: readonly string[];
}

/** Reads the user's own file and the machine's, where they exist. */
export async function findSharedFiles(
  deps: Pick<Deps, "platform" | "env" | "cwd" | "readTextFile">,
): Promise<SharedFiles> {
  const files: ConfigFile[] = [];
  const warnings: string[] = [];
  for (const path of sharedPaths(deps)) {
    try {
      const file = await readFile(path, deps);
      if (file !== undefined) files.push(file);
    } catch (error) {
      // Under sudo and in services HOME often belongs to another user; warn and go on.
      if (!(error instanceof PortholeError)) throw error;
      warnings.push(error.message);
    }
  }
  return { files, warnings };
}

/** Where the user's file and the machine's are looked for. */
export function sharedPaths(
  { platform, env }: Pick<Deps, "platform" | "env">,
): readonly string[] {
  const windows = platform === "windows";
  const { isAbsolute, join } = windows ? win32 : posix;
  // A relative folder would make the working directory decide; the XDG specification has it ignored too.
  const folder = (name: string) => {
    const value = env(name);
    return value && isAbsolute(value) ? value : undefined;
  };
  const home = folder("HOME");
  const folders = windows ? [folder("APPDATA"), folder("PROGRAMDATA")] : [
    folder("XDG_CONFIG_HOME") ??
      (home === undefined ? undefined : join(home, ".config")),
    "/etc",
  ];
  return folders.flatMap((folder) =>
    folder === undefined ? [] : [join(folder, "porthole", "config.yml")]
  );
}
