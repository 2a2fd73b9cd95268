import type { Deps } from "../deps.ts";
import type { PortholeError } from "../errors.ts";
import {
  type AwsFiles,
  keepFromSdk,
  refuseUnreadable,
} from "./read_aws_files.ts";
import { chooseCredentials } from "./choose_credentials.ts";
import {
  type NamedProfile,
  readProfileVariable,
  selectProfile,
} from "./select_profile.ts";

/** What a profile says about the region, and warnings about its files. */
export interface ProfileRegion {
  readonly region?: string;
  /** Why no region can come from here: the error for a caller that needs one. */
  readonly problem?: PortholeError;
  readonly warnings: readonly string[];
}

/**
 * Finds the region of the profile that `--profile` names, else of the environment's, else of
 * `default`.
 */
export function findProfileRegion(
  files: AwsFiles,
  typed: string | undefined,
  env: Deps["env"],
): ProfileRegion {
  const profile: NamedProfile | undefined = typed === undefined
    ? readProfileVariable(env)
    : { name: typed, by: "--profile" };
  const [unreadable] = files.unreadable;
  const search = { files, env, profile };
  const warnings = [
    ...files.unreadable.filter(() => canChoose(search))
      .map((file) => refuseUnreadable(file).message),
    ...(typed === undefined ? warnOfVariables(env) : []),
  ];
  try {
    const region = selectProfile(files, profile)?.settings.get("region");
    if (region) return { region, warnings };
    return {
      ...(unreadable && { problem: refuseUnreadable(unreadable) }),
      warnings,
    };
  } catch (error) {
    return { problem: error as PortholeError, warnings };
  }
}

/** Where credentials have to come from the file, that fails, and is no warning. */
function canChoose(search: Parameters<typeof chooseCredentials>[0]): boolean {
  try {
    chooseCredentials(search);
    return true;
  } catch {
    return false;
  }
}

function warnOfVariables(env: Deps["env"]): readonly string[] {
  const first = env("AWS_DEFAULT_PROFILE");
  const second = env("AWS_PROFILE");
  if (!first || !second || first === second) return [];
  return [
    `AWS_DEFAULT_PROFILE (${first}) wins over AWS_PROFILE (${second}), as with the AWS CLI`,
  ];
}

/** The region of the EC2 instance or the container's host; undefined elsewhere, after 2 s at most. */
export async function readInstanceRegion(
  files: AwsFiles,
): Promise<string | undefined> {
  await keepFromSdk(files);
  const { Client } = await import("./clients/ecs.ts");
  const client = new Client({});
  try {
    // An empty AWS_REGION is one for the SDK.
    return await client.config.region() || undefined;
  } catch {
    // The loader rejects where nothing names a region.
    return undefined;
  } finally {
    client.destroy();
  }
}
