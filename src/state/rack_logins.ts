import type { Deps } from "../deps.ts";
import { messageOf, PortholeError } from "../errors.ts";
import type { RackTls } from "../rack_tls.ts";
import { findConfigFolder, joinPath } from "../user_folders.ts";

/** What a login to a rack has stored. The token is secret. */
export interface RackLogin {
  readonly url: string;
  readonly token: string;
  readonly tls: RackTls;
  readonly streamHosts: readonly string[];
}

/** The logins of this user, each in a file of its own that only they may read. */
export interface RackLogins {
  /** The names, in order. */
  list(): Promise<readonly string[]>;
  /** Undefined where there is none; rejects where it cannot be trusted or read. */
  read(name: string): Promise<RackLogin | undefined>;
  write(name: string, login: RackLogin): Promise<void>;
  /** Resolves with whether there was one. */
  remove(name: string): Promise<boolean>;
  /** The name that `porthole rack use` has chosen. */
  readUsed(): Promise<string | undefined>;
  writeUsed(name: string): Promise<void>;
}

type LoginDeps = Pick<
  Deps,
  | "platform"
  | "env"
  | "keepFile"
  | "readKeptFile"
  | "listKeptFiles"
  | "removeKeptFile"
>;

/** What a login may be named. */
export const RACK_NAME: RegExp = /^[A-Za-z0-9][\w.-]{0,63}$/;

const USED = "used";

/** Opens the user's own folder of logins; it need not be there. */
export function openRackLogins(deps: LoginDeps): RackLogins {
  const base = findConfigFolder(deps);
  const folder = base && joinPath(deps, base, "porthole", "racks");

  function place(name: string): string {
    if (folder === undefined) {
      throw new PortholeError(
        "io_failed",
        "Cannot find the place of rack logins: neither XDG_CONFIG_HOME nor HOME is set",
      );
    }
    return joinPath(deps, folder, name);
  }

  async function read(name: string): Promise<string | undefined> {
    const path = place(name);
    try {
      return await deps.readKeptFile(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw new PortholeError(
        "io_failed",
        `Cannot read ${path}: ${messageOf(error)}`,
        { hint: "porthole rack login stores it again", cause: error },
      );
    }
  }

  async function write(name: string, text: string): Promise<void> {
    const path = place(name);
    try {
      await deps.keepFile(path, text);
    } catch (error) {
      throw new PortholeError(
        "io_failed",
        `Cannot store ${path}: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  return {
    async list() {
      if (folder === undefined) return [];
      const names = await deps.listKeptFiles(folder);
      return names.flatMap((name) => /^(.+)\.json$/.exec(name)?.[1] ?? [])
        .filter((name) => RACK_NAME.test(name)).sort();
    },
    async read(name) {
      if (!RACK_NAME.test(name)) return undefined;
      const text = await read(`${name}.json`);
      if (text === undefined) return undefined;
      const login = parseLogin(text);
      if (login !== undefined) return login;
      throw new PortholeError(
        "io_failed",
        `Cannot read ${place(`${name}.json`)}: it is not a stored login`,
        { hint: "porthole rack login stores it again" },
      );
    },
    write: (name, login) => write(`${name}.json`, `${JSON.stringify(login)}\n`),
    remove: (name) =>
      RACK_NAME.test(name)
        ? deps.removeKeptFile(place(`${name}.json`))
        : Promise.resolve(false),
    async readUsed() {
      const name = (await read(USED))?.trim();
      return name !== undefined && RACK_NAME.test(name) ? name : undefined;
    },
    writeUsed: (name) => write(USED, `${name}\n`),
  };
}

function parseLogin(text: string): RackLogin | undefined {
  let value: Partial<Record<keyof RackLogin, unknown>> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { url, token, streamHosts } = value;
  const tls = parseTls(value.tls);
  const hosts = Array.isArray(streamHosts) ? streamHosts : [];
  return typeof url === "string" && typeof token === "string" &&
      tls !== undefined && hosts.every((host) => typeof host === "string")
    ? { url, token, tls, streamHosts: hosts }
    : undefined;
}

function parseTls(value: unknown): RackTls | undefined {
  const { kind, pem, sha256 } =
    (typeof value === "object" && value !== null ? value : {}) as Partial<
      Record<"kind" | "pem" | "sha256", unknown>
    >;
  if (kind === "public") return { kind };
  if (kind === "ca" && typeof pem === "string") return { kind, pem };
  return kind === "pin" && typeof sha256 === "string" &&
      /^[0-9a-f]{64}$/.test(sha256)
    ? { kind, sha256 }
    : undefined;
}
