import type { Deps } from "../deps.ts";
import { findConfigFolder, folderBelow, joinPath } from "../user_folders.ts";

type SettingsDeps = Pick<Deps, "platform" | "env" | "readTextFile">;

/** Where Convox's own CLI would find a rack. */
export interface ConvoxRack {
  /** May hold a password. */
  readonly url: string;
  /** The password, where it stands elsewhere. */
  readonly token?: string;
  /** The file that names it. */
  readonly path: string;
}

/** A setting of theirs is some hundred bytes. */
const MOST_BYTES = 256 * 1024;

/**
 * Looks for a rack in the settings of Convox's CLIs, which are only read: a file of version 3's `racks` folder, or
 * a host that `self-managed` gives the name, or is named, with its password in `auth` (convox/rack, pkg/cli;
 * convox/convox, pkg/rack).
 */
export async function findConvoxRack(
  name: string,
  deps: SettingsDeps,
): Promise<ConvoxRack | undefined> {
  const join = (...parts: readonly string[]) => joinPath(deps, ...parts);
  const read = async (path: string) => {
    try {
      return (await deps.readTextFile(path, {
        mostBytes: MOST_BYTES,
        pipes: false,
      })).trim();
    } catch {
      return "";
    }
  };
  const readObject = async (path: string) => {
    try {
      const value: unknown = JSON.parse(await read(path));
      return typeof value === "object" && value !== null
        ? value as Readonly<Record<string, unknown>>
        : {};
    } catch {
      return {};
    }
  };
  for (const folder of settingFolders(deps)) {
    const path = join(folder, "racks", name);
    const url = await read(path);
    if (/^https?:\/\//.test(url)) return { url, path };
    const hosts = await readObject(join(folder, "self-managed"));
    const passwords = await readObject(join(folder, "auth"));
    const host = hosts[name] ?? name;
    const token = typeof host === "string" ? passwords[host] : undefined;
    if (typeof host === "string" && typeof token === "string") {
      return { url: `https://${host}`, token, path: join(folder, "auth") };
    }
  }
  return undefined;
}

function settingFolders(
  deps: Pick<Deps, "platform" | "env">,
): readonly string[] {
  const own = folderBelow(deps, "CONVOX_CONFIG");
  if (own !== undefined) return [own];
  const base = deps.platform === "windows"
    ? folderBelow(deps, "LOCALAPPDATA")
    : deps.platform === "darwin"
    ? folderBelow(deps, "HOME", "Library", "Preferences")
    : findConfigFolder(deps);
  return base === undefined
    ? []
    : ["convox", "convox2"].map((name) => joinPath(deps, base, name));
}
