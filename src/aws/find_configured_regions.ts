import type { Deps } from "../deps.ts";
import type { AwsFiles } from "./read_aws_files.ts";

/** The regions that the environment and the profiles of the AWS configuration name, each once. */
export function findConfiguredRegions(
  { profiles }: AwsFiles,
  env: Deps["env"],
): readonly string[] {
  // Not `sso_region`: that is where the sign-in is, not where anything runs.
  const named = [...profiles.values()].map(({ settings }) =>
    settings.get("region")
  );
  return [
    ...new Set(
      [env("AWS_REGION"), env("AWS_DEFAULT_REGION"), ...named]
        .flatMap((name) => name || []),
    ),
  ];
}
