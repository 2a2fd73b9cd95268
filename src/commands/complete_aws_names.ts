import { findConfiguredRegions } from "../aws/find_configured_regions.ts";
import { type AwsFilesDeps, readAwsFiles } from "../aws/read_aws_files.ts";
import { REGIONS } from "../aws/regions.ts";
import type { Candidate } from "../state/completion_cache.ts";

/** The profiles of the user's own AWS files, each with its region. No program of a profile is run. */
export async function listProfiles(
  deps: AwsFilesDeps,
): Promise<readonly Candidate[]> {
  const { profiles } = await readAwsFiles(deps);
  return [...profiles.values()].map(({ name, settings }) => ({
    value: name,
    description: settings.get("region") ?? "",
  }));
}

/** AWS's regions, and those that only the AWS files and the environment name. */
export async function listRegions(
  deps: AwsFilesDeps,
): Promise<readonly Candidate[]> {
  const others = findConfiguredRegions(await readAwsFiles(deps), deps.env)
    .filter((name) => !Object.hasOwn(REGIONS, name));
  return [
    ...Object.entries(REGIONS)
      .map(([value, description]) => ({ value, description })),
    ...others.map((value) => ({ value, description: "" })),
  ];
}
