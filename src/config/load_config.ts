import { present } from "../present.ts";
import type { ExecInvocation } from "../args/invocation.ts";
import type { Deps } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import { isRack } from "../is_rack.ts";
import type { Setting } from "../setting.ts";
import type { Parameter } from "./call_plugin.ts";
import type { Config } from "./config.ts";
import { findFile } from "./find_file.ts";
import { findSharedFiles } from "./find_shared_files.ts";
import { readEnvFiles } from "./read_env_files.ts";
import type { ReadSettings, SettingsDeps } from "./read_settings.ts";
import { type FileSettings, UNREAD_WITH_RACK } from "./settings.ts";

/** The configuration, and the warnings about it. */
export interface LoadedConfig {
  readonly config: Config;
  readonly warnings: readonly string[];
}

/** What of an invocation the configuration is laid under. */
export type Overrides =
  & Pick<ExecInvocation, "shared">
  & Partial<Pick<ExecInvocation, "via" | "ecsExec" | "session" | "pick">>;

/** What loading needs of the outside. */
export type ConfigDeps = SettingsDeps;

/** What loading needs of AWS, and only where a file or its absence asks for it. */
export interface ConfigAws {
  /**
   * Finds the region of the AWS profile that `--profile` names, else of the environment's; with what
   * is odd about the files. Not called where a rack is asked: nothing of AWS's is opened then.
   */
  readonly findProfileRegion: (
    profile: string | undefined,
  ) => Promise<ProfileRegion>;
  /** Asks this EC2 instance where it is. */
  readonly readInstanceRegion: () => Promise<string | undefined>;
  /** Opens the Parameter Store; throws PortholeError without a region. */
  readonly createParameterReader: (
    settings: Pick<Deps, "env" | "readTextFile"> & {
      readonly region: string | undefined;
      /** Said instead of the region where it may hold what is not for showing. */
      readonly regionSource?: string | undefined;
      readonly profile: string | undefined;
    },
  ) => Promise<(name: string) => Promise<Parameter | undefined>>;
}

interface ProfileRegion {
  readonly region?: string;
  /** Why it is not known. */
  readonly problem?: Error;
  readonly warnings: readonly string[];
}

const DEFAULT_CLUSTER = "default";
const DEFAULT_TIMEOUT_MS = 10 * 60_000;

/** Reads the configuration files, and lays flags over them and AWS's settings under them. */
export async function loadConfig(
  { shared: flags, via, ecsExec, session, pick }: Overrides,
  deps: ConfigDeps,
  aws: ConfigAws,
): Promise<LoadedConfig> {
  const project = await findFile(flags.config, deps);
  const shared = await findSharedFiles(deps);
  const files = [...(project ? [project] : []), ...shared.files];

  const profile = flags.profile ??
    // In the order of the AWS CLI.
    readVariable("AWS_DEFAULT_PROFILE", deps.env) ??
    readVariable("AWS_PROFILE", deps.env);
  let found: Promise<ProfileRegion> | undefined;
  const findProfileRegion = () =>
    found ??= aws.findProfileRegion(flags.profile?.value);
  const findAwsRegion = async () =>
    readVariable("AWS_REGION", deps.env) ??
      readVariable("AWS_DEFAULT_REGION", deps.env) ??
      await askAws(
        profile?.value ?? "default",
        await findProfileRegion(),
        aws,
      );
  const { region, cluster, service, timeoutMs, rack, quiet } = flags;
  const withRack = isRack(rack);
  const openParameters = async (fileRegion: string | undefined) => {
    if (withRack) throw refuseParameters();
    return await aws.createParameterReader({
      env: deps.env,
      readTextFile: deps.readTextFile,
      profile: flags.profile?.value,
      region: flags.region?.value ?? fileRegion ??
        (await findAwsRegion())?.value,
      regionSource: flags.region === undefined && fileRegion !== undefined
        ? "the configuration file"
        : undefined,
    });
  };

  const over: FileSettings = present({
    region,
    cluster,
    service,
    timeoutMs,
    via,
    ecsExec,
    session,
    pick,
    rack,
    quiet,
  });
  const variables = await readEnvFiles(flags.envFiles, deps);
  const { settings, warnings } = await readFiles(files, {
    inputs: {
      extStr: flags.extStr ?? new Map(),
      extCode: flags.extCode ?? new Map(),
      // A project's template must not get to see a token.
      env: (name) =>
        name === "PORTHOLE_RACK"
          ? undefined
          : variables.get(name) ?? deps.env(name),
    },
    isOverridden: (name) =>
      over[name] !== undefined ||
      (withRack && UNREAD_WITH_RACK.includes(name)),
    openParameters,
  }, deps);

  const { rack: chosen, ...own }: FileSettings = { ...settings, ...over };
  const asked = isRack(chosen) ? chosen : undefined;
  return {
    config: {
      ...own,
      ...present({
        path: project?.path,
        // A rack knows where it is.
        region: own.region ??
          (asked === undefined ? await findAwsRegion() : undefined),
        profile,
        rack: asked,
      }),
      files: files.map(({ path }) => path),
      cluster: own.cluster ?? byDefault(DEFAULT_CLUSTER),
      timeoutMs: own.timeoutMs ?? byDefault(DEFAULT_TIMEOUT_MS),
      via: own.via ?? byDefault("auto"),
      session: own.session ?? byDefault("auto"),
    },
    warnings: [
      ...shared.warnings,
      ...warnings,
      ...(asked === undefined ? (await findProfileRegion()).warnings : []),
    ],
  };
}

function refuseParameters(): PortholeError {
  return new PortholeError(
    "config_invalid",
    "Cannot read the Parameter Store: a rack is asked, and no AWS credentials are used then",
    { hint: "--rack none goes to AWS directly" },
  );
}

/** The YAML parser takes its time to load: it is for those who have a file. */
async function readFiles(
  ...[files, ...rest]: Parameters<ReadSettings>
): ReturnType<ReadSettings> {
  if (files.length === 0) return { settings: {}, warnings: [] };
  const { readSettings } = await import("./read_settings.ts");
  return await readSettings(files, ...rest);
}

function readVariable(
  name: string,
  env: Deps["env"],
): Setting<string> | undefined {
  const value = env(name);
  return value ? { value, source: { kind: "env", name } } : undefined;
}

/** Asked last: an instance answers within a second or two, or never. */
async function askAws(
  profile: string,
  { region, problem }: ProfileRegion,
  { readInstanceRegion }: ConfigAws,
): Promise<Setting<string> | undefined> {
  if (region !== undefined) {
    return { value: region, source: { kind: "aws_profile", profile } };
  }
  if (problem !== undefined) throw problem;
  const value = await readInstanceRegion();
  return value === undefined
    ? undefined
    : { value, source: { kind: "instance_metadata" } };
}

function byDefault<T>(value: T): Setting<T> {
  return { value, source: { kind: "default" } };
}
