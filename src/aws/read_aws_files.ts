import { homedir } from "node:os";
import { join } from "node:path";
import { splitWords } from "../shell_words.ts";
import type { Deps } from "../deps.ts";
import { messageOf, PortholeError } from "../errors.ts";
import { quotePath } from "../quote_value.ts";
import { IniError, type IniSection, parseIni } from "./parse_ini.ts";

/** What reading the files needs of the outside. */
export type AwsFilesDeps = Pick<Deps, "env" | "readTextFile">;

/** Far above any configuration. */
const MOST_BYTES = 4 * 1024 * 1024;

/** A profile, with its settings from both files. */
export interface AwsProfile {
  readonly name: string;
  /** Of both files; the credentials file wins. */
  readonly settings: IniSection;
  /** Its section of the credentials file, whose keys come before `login_session` and `credential_process`. */
  readonly keys?: IniSection;
}

/** A file that is there and cannot be read. */
export interface UnreadableFile {
  /** `config` has everything but the keys that are in `credentials`. */
  readonly kind: "config" | "credentials";
  readonly path: string;
  /** Completes "Cannot read FILE: …". */
  readonly reason: string;
  /** The variable that names the file, where one does. */
  readonly variable?: string;
}

/** What `~/.aws/config` and `~/.aws/credentials` hold. */
export interface AwsFiles {
  readonly profiles: ReadonlyMap<string, AwsProfile>;
  readonly ssoSessions: ReadonlyMap<string, IniSection>;
  readonly services: ReadonlyMap<string, IniSection>;
  /** Their paths, as the SDK may call them. */
  readonly paths: readonly string[];
  /** How a user knows them: the configuration, and the credentials. */
  readonly shown: readonly [config: string, credentials: string];
  /** Those that are there and hold nothing that can be read. */
  readonly unreadable: readonly UnreadableFile[];
}

/**
 * Reads both files of the AWS configuration, or those that AWS_CONFIG_FILE and
 * AWS_SHARED_CREDENTIALS_FILE name, as the AWS CLI does; one that is not there is empty.
 *
 * The SDK's own reader drops sections and settings that it cannot read, and files too.
 */
export async function readAwsFiles(deps: AwsFilesDeps): Promise<AwsFiles> {
  const [config, credentials] = await Promise.all([
    readSections("config", "AWS_CONFIG_FILE", deps),
    readSections("credentials", "AWS_SHARED_CREDENTIALS_FILE", deps),
  ]);
  const profiles = new Map<string, AwsProfile>();
  const ssoSessions = new Map<string, IniSection>();
  const services = new Map<string, IniSection>();
  for (const [header, settings] of config.sections) {
    if (header === "default") {
      profiles.set(header, { name: header, settings });
      continue;
    }
    const [kind, name] = splitHeader(header);
    if (kind === undefined || name === undefined) continue;
    if (kind.startsWith("profile")) profiles.set(name, { name, settings });
    if (kind.startsWith("sso-session")) ssoSessions.set(name, settings);
    if (kind.startsWith("services")) services.set(name, settings);
  }
  for (const [name, keys] of credentials.sections) {
    const settings = new Map([
      ...profiles.get(name)?.settings ?? [],
      ...keys,
    ]);
    profiles.set(name, { name, settings, keys });
  }
  return {
    profiles,
    ssoSessions,
    services,
    paths: [...config.names, ...credentials.names],
    shown: [config.shown, credentials.shown],
    unreadable: [config.unreadable, credentials.unreadable]
      .flatMap((file) => file ?? []),
  };
}

/**
 * Gives the SDK empty files in the place of these: what they hold, its clients are told. It would open
 * them on the main thread, which a FIFO or a mount whose server has gone would stop for good.
 */
export async function keepFromSdk({ paths }: AwsFiles): Promise<void> {
  const { externalDataInterceptor } = await import("@smithy/core/config");
  for (const path of paths) externalDataInterceptor.interceptFile(path, "");
}

/** What is said where a setting or a key was to come from a file that cannot be read. */
export function refuseUnreadable(
  { kind, path, reason, variable }: UnreadableFile,
): PortholeError {
  const file = kind === "config"
    ? "the AWS configuration"
    : "the AWS credentials file";
  const fitting = kind === "config"
    ? "AWS_CONFIG_FILE"
    : "AWS_SHARED_CREDENTIALS_FILE";
  return new PortholeError(
    "config_invalid",
    `Cannot read ${file}, ${quotePath(path)}: ${reason}`,
    {
      hint: variable === undefined
        ? `correct the file, or name another with ${fitting}`
        : `correct the file, or what ${variable} says`,
    },
  );
}

/** `profile "my dev"` → `profile`, `my dev`: two words as a shell reads them, else nothing. */
function splitHeader(header: string): readonly (string | undefined)[] {
  try {
    const words = splitWords(header);
    return words.length === 2 ? words : [];
  } catch {
    // A quotation mark without its other half.
    return [];
  }
}

async function readSections(
  kind: UnreadableFile["kind"],
  variable: string,
  { env, readTextFile }: AwsFilesDeps,
): Promise<{
  /** As the SDK may call it. */
  readonly names: readonly string[];
  readonly shown: string;
  readonly sections: ReadonlyMap<string, IniSection>;
  readonly unreadable?: UnreadableFile;
}> {
  const home = env("HOME") || env("USERPROFILE") || homedir();
  const named = env(variable);
  const path = named ? expandPath(named, home, env) : join(home, ".aws", kind);
  const names = [path, ...named ? [named] : []];
  const shown = named ? `${quotePath(path)} (${variable})` : `~/.aws/${kind}`;
  const fail = (reason: string) => ({
    names,
    shown,
    sections: new Map(),
    unreadable: { kind, path, reason, ...(named ? { variable } : {}) },
  });
  let text: string;
  try {
    text = await readTextFile(path, { mostBytes: MOST_BYTES });
  } catch (error) {
    if (isAbsent(path, error)) return { names, shown, sections: new Map() };
    const failed = fail(explainRead(error));
    if (isThere(error)) return failed;
    // A device or an endless file is not a configuration, whatever is needed from it.
    throw refuseUnreadable(failed.unreadable);
  }
  if (text.includes("\0")) {
    return fail("it is not UTF-8 text; as UTF-16 it cannot be read");
  }
  try {
    return { names, shown, sections: parseIni(text) };
  } catch (error) {
    if (!(error instanceof IniError)) throw error;
    return fail(`line ${error.line}: ${error.message}`);
  }
}

/** `~`, `$NAME` and `${NAME}`, as the AWS CLI expands them. */
function expandPath(
  path: string,
  home: string,
  env: AwsFilesDeps["env"],
): string {
  return path
    .replace(
      /\$(?:(\w+)|\{(\w+)\})/g,
      (all, plain, braced) => env(plain ?? braced) ?? all,
    )
    .replace(/^~(?=$|[/\\])/, () => home);
}

function isAbsent(path: string, error: unknown): boolean {
  return path === "/dev/null" || /^nul$/i.test(path) ||
    error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotADirectory;
}

function isThere(error: unknown): boolean {
  return error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.IsADirectory;
}

function explainRead(error: unknown): string {
  if (error instanceof Deno.errors.PermissionDenied) {
    return "its permissions do not allow it";
  }
  return messageOf(error).replace(/ \(os error \d+\).*$/, "");
}
