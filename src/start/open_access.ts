import type { SharedFlags } from "../args/invocation.ts";
import type { AwsAccess } from "../access/access.ts";
import { createAwsAccess } from "../access/aws/create_aws_access.ts";
import { type Aws, createAws, type NamedRole } from "../aws/create_aws.ts";
import { createParameterReader } from "../aws/read_parameter.ts";
import type { MfaDesk } from "../aws/aws_deps.ts";
import {
  findProfileRegion,
  readInstanceRegion,
} from "../aws/find_profile_region.ts";
import { type AwsFiles, readAwsFiles } from "../aws/read_aws_files.ts";
import { PROFILE_VARIABLES } from "../aws/select_profile.ts";
import {
  type CallWatch,
  describeCall,
  describeWait,
} from "../aws/watch_calls.ts";
import type { Config } from "../config/config.ts";
import { loadConfig, type Overrides } from "../config/load_config.ts";
import type { Deps } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import type { Log } from "../log.ts";
import { CLEAR_LINE } from "../output/clear_line.ts";
import { describeSource } from "../output/describe_source.ts";
import type { Setting } from "../setting.ts";
import { openMfaDesk } from "./mfa_desk.ts";

type Shared = Pick<SharedFlags, "logFormat">;

/** The configuration, and what AWS's side of it needs while it is read and after. */
export interface OpenedConfig extends Config {
  readonly awsFiles?: AwsFiles | undefined;
  /** Whom AWS may ask for an MFA code. */
  readonly mfa?: MfaDesk | undefined;
}

/** Reads the configuration, and warns about what is odd in it. */
export async function readConfig(
  overrides: Overrides,
  deps: Deps,
  log: Log,
): Promise<OpenedConfig> {
  const mfa = openMfaDesk(overrides.shared, deps);
  let opened: Promise<AwsFiles> | undefined;
  const openAwsFiles = () => opened ??= readAwsFiles(deps);
  const { config, warnings } = await loadConfig(
    overrides,
    deps,
    {
      findProfileRegion: async (typed) =>
        findProfileRegion(await openAwsFiles(), typed, deps.env),
      readInstanceRegion: async () =>
        await readInstanceRegion(await openAwsFiles()),
      createParameterReader: async (settings) =>
        createParameterReader({
          ...deps,
          ...settings,
          files: await openAwsFiles(),
          mfa,
          watch: createWatch(overrides.shared, deps, log),
        }),
    },
  );
  if (asksRack(config)) deps.hideAws();
  if (config.quiet?.value) log.hush();
  for (const warning of warnings) log.warn(warning);
  // With a rack nothing of AWS's is read.
  const awsFiles = asksRack(config) ? undefined : await openAwsFiles();
  return { ...config, awsFiles, mfa };
}

/** Whether a rack is asked in the place of AWS. */
export function asksRack<C extends Pick<Config, "rack">>(
  config: C,
): config is C & Required<Pick<Config, "rack">> {
  return config.rack !== undefined;
}

/**
 * Opens the door to AWS, and to the cluster; they are asked nothing yet.
 *
 * @throws {PortholeError} usage where a rack is to be asked instead.
 */
export function openAws(
  config: OpenedConfig,
  shared: Shared,
  deps: Deps,
  log: Log,
): AwsAccess {
  return createAwsAccess(openAwsClient(config, shared, deps, log));
}

/**
 * Opens the door to AWS alone, as a role where one is named.
 *
 * @throws {PortholeError} usage where a rack is to be asked instead.
 */
export function openAwsClient(
  config: OpenedConfig,
  shared: Shared,
  deps: Deps,
  log: Log,
  role?: NamedRole,
): Aws {
  if (asksRack(config)) throw refuseRack(config.rack.source);
  return createAws({
    ...deps,
    role,
    region: config.region?.value,
    regionSource: config.region?.source.kind === "file"
      ? describeSource(config.region.source)
      : undefined,
    profile: namedProfile(config),
    files: config.awsFiles,
    mfa: config.mfa,
    watch: createWatch(shared, deps, log),
  });
}

/** Reads the configuration and opens the door to the cluster; AWS is asked nothing yet. */
export async function openAccess(
  overrides: Overrides,
  deps: Deps,
  log: Log,
): Promise<{ readonly config: Config; readonly access: AwsAccess }> {
  const config = await readConfig(overrides, deps, log);
  return { config, access: openAws(config, overrides.shared, deps, log) };
}

/** The error of a command that only AWS can serve. */
function refuseRack(source: Setting<string>["source"]): PortholeError {
  return new PortholeError(
    "usage",
    `Cannot do this over a rack (${
      describeSource(source)
    }): only exec in one task, cp, run, tasks and doctor go through one`,
    { hint: "--rack none goes to AWS directly" },
  );
}

/** Logs calls, and shows on a terminal what porthole is waiting for. */
function createWatch(
  { logFormat }: Shared,
  { env, sleep, stderr }: Pick<Deps, "env" | "sleep" | "stderr">,
  log: Log,
): CallWatch {
  return {
    sleep,
    onCall: (call) => log.debug(describeCall(call)),
    onEndpoint: (service, endpoint) =>
      log.debug(`AWS endpoint of ${service}: ${endpoint}`),
    onCredentials: (from) => log.debug(`AWS credentials: ${from}`),
    onWait: (wait) => {
      if (!stderr.isTerminal || log.isQuiet()) return;
      // A wait for a task or an agent may be counting in this line.
      if (logFormat === "text" && env("TERM") !== "dumb") {
        stderr.writeText(CLEAR_LINE);
      }
      log.info(describeWait(wait));
    },
  };
}

/** A variable is left to the search for credentials, where keys of the environment come before it. */
function namedProfile({ profile }: Config): string | undefined {
  const { source } = profile ?? {};
  const fromAws = source?.kind === "env" &&
    PROFILE_VARIABLES.some((name) => name === source.name);
  return fromAws ? undefined : profile?.value;
}
