import type { SharedFlags } from "../args/invocation.ts";
import type { Access } from "../access/access.ts";
import { createAwsAccess } from "../access/aws_access.ts";
import { type Aws, createAws } from "../aws/create_aws.ts";
import { createParameterReader } from "../aws/read_parameter.ts";
import { readProfileRegion } from "../aws/read_profile_region.ts";
import {
  type CallWatch,
  describeCall,
  describeWait,
} from "../aws/watch_calls.ts";
import type { Config } from "../config/config.ts";
import { loadConfig, type Overrides } from "../config/load_config.ts";
import type { Deps } from "../deps.ts";
import type { Log } from "../log.ts";
import { CLEAR_LINE } from "../output/clear_line.ts";

type Shared = Pick<SharedFlags, "logFormat" | "quiet">;

/** Reads the configuration, and tells what is odd in it. */
export async function readConfig(
  overrides: Overrides,
  deps: Deps,
  log: Log,
): Promise<Config> {
  const { config, warnings } = await loadConfig(
    overrides,
    deps,
    {
      readProfileRegion: (profile) => readProfileRegion(profile, deps),
      createParameterReader: (settings) =>
        createParameterReader({
          ...settings,
          watch: createWatch(overrides.shared, deps, log),
        }),
    },
  );
  for (const warning of warnings) log.warn(warning);
  return config;
}

/** Opens the door to AWS, and to the cluster; they are asked nothing yet. */
export function openAws(
  config: Config,
  shared: Shared,
  deps: Pick<Deps, "env" | "readTextFile" | "sleep" | "stderr">,
  log: Log,
): { readonly aws: Aws; readonly access: Access } {
  const aws = createAws({
    region: config.region?.value,
    profile: namedProfile(config),
    env: deps.env,
    readTextFile: deps.readTextFile,
    watch: createWatch(shared, deps, log),
  });
  return { aws, access: createAwsAccess(aws) };
}

/** Reads the configuration and opens the door to the cluster; AWS is asked nothing yet. */
export async function openAccess(
  overrides: Overrides,
  deps: Deps,
  log: Log,
): Promise<{ readonly config: Config; readonly access: Access }> {
  const config = await readConfig(overrides, deps, log);
  return {
    config,
    access: openAws(config, overrides.shared, deps, log).access,
  };
}

/** Logs calls, and tells a terminal what is waited for. */
function createWatch(
  { quiet, logFormat }: Shared,
  { env, sleep, stderr }: Pick<Deps, "env" | "sleep" | "stderr">,
  log: Log,
): CallWatch {
  return {
    sleep,
    onCall: (call) => log.debug(describeCall(call)),
    onWait: (wait) => {
      if (!stderr.isTerminal || quiet) return;
      // A wait for a task or an agent may be counting in this line.
      if (logFormat === "text" && env("TERM") !== "dumb") {
        stderr.writeText(CLEAR_LINE);
      }
      log.info(describeWait(wait));
    },
  };
}

/** AWS_PROFILE is left to the credential chain, where keys of the environment come before it. */
function namedProfile({ profile }: Config): string | undefined {
  const fromAws = profile?.source.kind === "env" &&
    profile.source.name === "AWS_PROFILE";
  return fromAws ? undefined : profile?.value;
}
