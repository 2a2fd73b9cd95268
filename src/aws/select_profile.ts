import { closestName } from "../closest_name.ts";
import { PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import {
  type AwsFiles,
  type AwsProfile,
  refuseUnreadable,
} from "./read_aws_files.ts";

/** The profile that was requested. */
export interface NamedProfile {
  readonly name: string;
  /** `--profile`, or the variable. */
  readonly by: string;
}

/** The variables that name a profile, the one that wins first: the AWS CLI's order. */
export const PROFILE_VARIABLES = [
  "AWS_DEFAULT_PROFILE",
  "AWS_PROFILE",
] as const;

/** The profile that the environment names, if it names one. */
export function readProfileVariable(
  env: (name: string) => string | undefined,
): NamedProfile | undefined {
  for (const by of PROFILE_VARIABLES) {
    const name = env(by);
    if (name) return { name, by };
  }
  return undefined;
}

/**
 * Finds the named profile, or `default` where none is named; undefined where there is no `default`.
 *
 * @throws {PortholeError} no_credentials for a named one that is in neither file, config_invalid
 * where a file that may have it cannot be read.
 */
export function selectProfile(
  files: AwsFiles,
  named: NamedProfile | undefined,
): AwsProfile | undefined {
  if (named === undefined) return files.profiles.get("default");
  const [unreadable] = files.unreadable;
  // A profile may stand in both files: half of one is another one.
  if (unreadable !== undefined) throw refuseUnreadable(unreadable);
  const profile = files.profiles.get(named.name);
  // The AWS CLI, too, knows a `default` that is named and is in no file for a mistake.
  if (profile !== undefined) return profile;
  const close = closestName(named.name, [...files.profiles.keys()]);
  throw new PortholeError(
    "no_credentials",
    `Cannot use AWS profile ${quoteValue(named.name)}: it is in neither ${
      files.shown.join(" nor ")
    }`,
    {
      hint: [
        ...(close === undefined ? [] : [`did you mean ${quoteValue(close)}?`]),
        `it is named by ${named.by}; to list the profiles: aws configure list-profiles`,
      ],
    },
  );
}
