import type { ExecInvocation } from "../args/invocation.ts";
import type { Deps } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import type { Setting } from "../setting.ts";
import type { Config } from "./config.ts";
import type { ConfigFile } from "./config_error.ts";
import { findFile } from "./find_file.ts";
import { parseDocument } from "./parse_document.ts";
import { renderTemplate } from "./render_template.ts";
import { type FileSettings, validateFile } from "./validate_file.ts";

/** The configuration, and what to tell the user about it. */
export interface LoadedConfig {
  readonly config: Config;
  readonly warnings: readonly string[];
}

/** What of an invocation the configuration is laid under. */
export type Overrides = Pick<ExecInvocation, "shared" | "session">;

/** What loading needs of the outside. */
export type ConfigDeps = Pick<Deps, "env" | "cwd" | "readTextFile">;

/** Finds the region that the AWS configuration gives a profile. */
export type ReadProfileRegion = (
  profile: string,
) => Promise<string | undefined>;

const DEFAULT_CLUSTER = "default";
const DEFAULT_TIMEOUT_MS = 10 * 60_000;

/** Finds and reads the configuration file, and lays flags over it and AWS's settings under it. */
export async function loadConfig(
  { shared: flags, session }: Overrides,
  deps: ConfigDeps,
  readProfileRegion: ReadProfileRegion,
): Promise<LoadedConfig> {
  const file = await findFile(flags.config, deps);
  const { settings, warnings } = file === undefined
    ? { settings: {}, warnings: [] }
    : readSettings(file, deps.env);
  const profile = flags.profile ?? readVariable("AWS_PROFILE", deps.env);
  const region = flags.region ?? settings.region ??
    readVariable("AWS_REGION", deps.env) ??
    readVariable("AWS_DEFAULT_REGION", deps.env) ??
    await askProfile(profile?.value ?? "default", readProfileRegion);
  const service = flags.service ?? settings.service;
  return {
    config: {
      ...(file === undefined ? {} : { path: file.path }),
      ...(region === undefined ? {} : { region }),
      ...(profile === undefined ? {} : { profile }),
      cluster: flags.cluster ?? settings.cluster ?? byDefault(DEFAULT_CLUSTER),
      ...(service === undefined ? {} : { service }),
      timeoutMs: flags.timeoutMs ?? settings.timeoutMs ??
        byDefault(DEFAULT_TIMEOUT_MS),
      session: session ?? settings.session ?? byDefault("auto"),
      ...(settings.shell === undefined ? {} : { shell: settings.shell }),
    },
    warnings,
  };
}

/** Text templates, then the parser, then the checks; templates within values will come between these two. */
function readSettings(
  file: ConfigFile,
  env: Deps["env"],
): { readonly settings: FileSettings; readonly warnings: readonly string[] } {
  if (/\.jsonnet$/i.test(file.name)) {
    throw new PortholeError(
      "config_invalid",
      `Cannot use configuration "${file.name}": Jsonnet is not supported yet`,
      { hint: "Name a .yml or .json file with --config" },
    );
  }
  return validateFile(file, parseDocument(file, renderTemplate(file, env)));
}

function readVariable(
  name: string,
  env: Deps["env"],
): Setting<string> | undefined {
  const value = env(name);
  return value ? { value, source: { kind: "env", name } } : undefined;
}

/** Asked last: reading the AWS configuration is work for nothing where something else names a region. */
async function askProfile(
  profile: string,
  readProfileRegion: ReadProfileRegion,
): Promise<Setting<string> | undefined> {
  const value = await readProfileRegion(profile);
  return value
    ? { value, source: { kind: "aws_profile", profile } }
    : undefined;
}

function byDefault<T>(value: T): Setting<T> {
  return { value, source: { kind: "default" } };
}
