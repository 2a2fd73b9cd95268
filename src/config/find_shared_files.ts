import type { Deps } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import type { ConfigFile } from "./config_error.ts";
import { findConfigFolder, folderBelow, joinPath } from "../user_folders.ts";
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
      if (file !== undefined && !isBlank(file.text)) files.push(file);
    } catch (error) {
      // Under sudo and in services HOME often belongs to another user; warn and go on.
      if (!(error instanceof PortholeError)) throw error;
      warnings.push(error.message);
    }
  }
  return { files, warnings };
}

/** Nothing but comments: all settings may be commented out. (A project's file that is empty was cut, most likely.) */
function isBlank(text: string): boolean {
  return text.split(/[\r\n]/).every((line) =>
    /^\uFEFF?\s*(?:#.*)?$/.test(line)
  );
}

/** Where the user's file and the machine's are looked for. */
export function sharedPaths(
  deps: Pick<Deps, "platform" | "env">,
): readonly string[] {
  const machine = deps.platform === "windows"
    ? folderBelow(deps, "PROGRAMDATA")
    : "/etc";
  return [findConfigFolder(deps), machine].flatMap((folder) =>
    folder === undefined ? [] : joinPath(deps, folder, "porthole", "config.yml")
  );
}
