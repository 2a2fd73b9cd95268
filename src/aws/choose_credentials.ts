import { PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import type {
  CredentialSearch,
  CredentialSource,
} from "./credential_source.ts";
import { isTrue } from "./is_true.ts";
import { type AwsProfile, refuseUnreadable } from "./read_aws_files.ts";
import {
  hasContainerRole,
  readEnvironmentIdentity,
  readEnvironmentKeys,
} from "./read_environment_source.ts";
import { readOwnSource, readRole } from "./read_profile_source.ts";
import { type NamedProfile, selectProfile } from "./select_profile.ts";

/**
 * Decides where the credentials come from, as the AWS CLI does: the environment's keys, unless
 * `--profile` was typed; then what the profile has, in the order role, web identity, IAM Identity
 * Center, keys of the credentials file, `aws login`, `credential_process`, keys of the configuration;
 * then the container's role and the instance's. A profile without any goes on to those.
 *
 * @throws {PortholeError} for a profile that is in no file or that contradicts itself, keys of which
 * half is missing, and a file that cannot be read where they would have come from it.
 */
export function chooseCredentials(search: CredentialSearch): CredentialSource {
  const { env, files, profile: named } = search;
  const profile = findProfile(search);
  const typed = isTyped(named);
  const keys = typed ? undefined : readEnvironmentKeys(env);
  if (keys !== undefined) return { kind: "keys", keys };

  const [unreadable] = files.unreadable;
  if (unreadable !== undefined) {
    // A default profile may be in it, and is not for another identity to replace without a word.
    const other = typed ? undefined : readEnvironmentIdentity(env);
    if (other === undefined && !hasContainerRole(env)) {
      throw refuseUnreadable(unreadable);
    }
    return other ?? { kind: "container" };
  }
  return (profile && readRole(profile, search)) ??
    (typed ? undefined : readEnvironmentIdentity(env)) ??
    (profile && readOwnSource(profile, search)) ??
    findMachineRole(search);
}

/**
 * The profile whose settings hold. Where the environment has keys, a file that cannot be read is no
 * reason to fail: it may have settings, but needs not.
 *
 * @throws {PortholeError} for a named profile that is in no file, or may be in one that cannot be read.
 */
export function findProfile(
  { env, files, profile: named }: CredentialSearch,
): AwsProfile | undefined {
  const needsNoFile = !isTyped(named) && Boolean(env("AWS_ACCESS_KEY_ID"));
  return needsNoFile && files.unreadable.length > 0
    ? undefined
    : selectProfile(files, named);
}

function isTyped(named: NamedProfile | undefined): boolean {
  return named?.by === "--profile";
}

/** The machine's own role, after everything that was configured. */
function findMachineRole(search: CredentialSearch): CredentialSource {
  const { env } = search;
  if (hasContainerRole(env)) return { kind: "container" };
  if (isTrue(env("AWS_EC2_METADATA_DISABLED"))) throw refuseNothing(search);
  return { kind: "instance" };
}

/** What is said where nothing has credentials. */
export function refuseNothing(
  { files, profile: named }: Pick<CredentialSearch, "files" | "profile">,
  cause?: unknown,
): PortholeError {
  if (named === undefined) {
    return new PortholeError(
      "no_credentials",
      "Cannot find AWS credentials: there are none in the environment, the AWS profile, the container or the instance",
      {
        hint:
          "name a profile with --profile or AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        cause,
      },
    );
  }
  const { name } = named;
  const isSso = files.profiles.get(name)?.settings.has("sso_session") ||
    files.profiles.get(name)?.settings.has("sso_start_url");
  return new PortholeError(
    "no_credentials",
    `Cannot find AWS credentials: profile ${quoteValue(name)} has none${
      isSso ? " (it lacks sso_account_id and sso_role_name)" : ""
    }, and neither has the container or the instance`,
    {
      hint:
        `give it some: aws configure sso --profile ${name}, or aws configure --profile ${name}`,
      cause,
    },
  );
}
