import { PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import {
  checkKeys,
  type ExpiringCredentials,
  refuseHalf,
} from "./check_keys.ts";
import type {
  AssumedRole,
  CredentialSearch,
  CredentialSource,
  SsoRole,
} from "./credential_source.ts";
import type { IniSection } from "./parse_ini.ts";
import type { AwsFiles, AwsProfile } from "./read_aws_files.ts";
import {
  hasContainerRole,
  readEnvironmentKeys,
} from "./read_environment_source.ts";
import { joinWords } from "../join_words.ts";

/**
 * `role_arn`, unless it belongs to a token of another identity provider.
 *
 * @throws {PortholeError} no_credentials for a profile that contradicts itself.
 */
export function readRole(
  { name, settings }: AwsProfile,
  search: CredentialSearch,
  visited: readonly string[] = [name],
): AssumedRole | undefined {
  const roleArn = settings.get("role_arn");
  if (!roleArn || settings.has("web_identity_token_file")) return undefined;
  const sourceProfile = settings.get("source_profile");
  const sourceKind = settings.get("credential_source");
  if (sourceProfile !== undefined && sourceKind !== undefined) {
    throw refuseProfile(
      name,
      "it has both source_profile and credential_source",
      "keep one of them",
    );
  }
  if (sourceProfile === undefined && sourceKind === undefined) {
    throw refuseProfile(
      name,
      "its role_arn comes without source_profile or credential_source",
      "name the profile whose credentials may assume the role: source_profile = NAME",
    );
  }
  const source = sourceProfile === undefined
    ? readNamedSource(name, sourceKind ?? "", search)
    : readSourceProfile(name, sourceProfile, search, visited);
  const duration = settings.get("duration_seconds") ?? "";
  return {
    kind: "assume_role",
    profile: name,
    roleArn,
    source,
    ...pick(settings, {
      sessionName: "role_session_name",
      externalId: "external_id",
      mfaSerial: "mfa_serial",
    }),
    ...(/^\d+$/.test(duration) && { durationSeconds: Number(duration) }),
  };
}

function readNamedSource(
  profile: string,
  kind: string,
  { env }: CredentialSearch,
): CredentialSource {
  switch (kind) {
    case "Environment": {
      const keys = readEnvironmentKeys(env);
      if (keys) return { kind: "keys", keys };
      throw refuseProfile(
        profile,
        "its credential_source is Environment, and AWS_ACCESS_KEY_ID is not set",
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
      );
    }
    case "EcsContainer":
      if (hasContainerRole(env)) return { kind: "container" };
      throw refuseProfile(
        profile,
        "its credential_source is EcsContainer, and this is not a container with a task role",
        "choose a profile with another source",
      );
    case "Ec2InstanceMetadata":
      return { kind: "instance" };
  }
  throw refuseProfile(
    profile,
    `its credential_source, ${quoteValue(kind)}, is not one that AWS knows`,
    "credential_source is Environment, Ec2InstanceMetadata or EcsContainer",
  );
}

function readSourceProfile(
  parent: string,
  name: string,
  search: CredentialSearch,
  visited: readonly string[],
): CredentialSource {
  const source = search.files.profiles.get(name);
  if (source === undefined) {
    throw refuseProfile(
      parent,
      `its source_profile, ${quoteValue(name)}, is in neither file`,
      "to list the profiles: aws configure list-profiles",
    );
  }
  const { settings } = source;
  const hasKeys = settings.has("aws_access_key_id") ||
    settings.has("aws_secret_access_key");
  // A profile may name itself for the keys it has.
  if (visited.includes(name) && !(name === parent && hasKeys)) {
    throw refuseProfile(
      parent,
      `its source_profile leads back to itself: ${
        [...visited, name].join(" → ")
      }`,
      "let the last one name a profile that has credentials",
    );
  }
  const found = hasKeys
    ? readOwnSource(source, search)
    : readRole(source, search, [...visited, name]) ??
      readOwnSource(source, search);
  if (found !== undefined) return found;
  throw refuseProfile(
    parent,
    `its source_profile, ${quoteValue(name)}, has no credentials`,
    `give profile ${
      quoteValue(name)
    } keys, a role, IAM Identity Center or credential_process`,
  );
}

/** All that a profile can have but a role of AssumeRole. */
export function readOwnSource(
  profile: AwsProfile,
  { files }: CredentialSearch,
): CredentialSource | undefined {
  const { name, settings, keys } = profile;
  const tokenFile = settings.get("web_identity_token_file");
  if (tokenFile) {
    const roleArn = settings.get("role_arn");
    if (!roleArn) {
      throw refuseProfile(
        name,
        "its web_identity_token_file comes without role_arn",
        "add the role that the token is for: role_arn = ARN",
      );
    }
    return {
      kind: "web_identity",
      profile: name,
      tokenFile,
      roleArn,
      ...pick(settings, { sessionName: "role_session_name" }),
    };
  }
  const sso = readSso(profile, files);
  if (sso) return sso;
  const shared = keys && readKeys(name, keys);
  if (shared) return { kind: "keys", keys: shared, profile: name };
  const session = settings.get("login_session");
  if (session) {
    return {
      kind: "login",
      profile: name,
      session,
      ...pick(settings, { region: "region" }),
    };
  }
  const command = settings.get("credential_process");
  if (command) return { kind: "process", profile: name, command };
  const own = readKeys(name, settings);
  return own && { kind: "keys", keys: own, profile: name };
}

const SSO_SETTINGS = ["sso_start_url", "sso_region"] as const;

function readSso(
  { name, settings }: AwsProfile,
  files: AwsFiles,
): SsoRole | undefined {
  const session = settings.get("sso_session");
  // A session alone is for services that take its token, and gives no credentials.
  if (!settings.has("sso_account_id") && !settings.has("sso_role_name")) {
    return undefined;
  }
  const hint = `complete it with: aws configure sso --profile ${name}`;
  const ofSession = session === undefined
    ? undefined
    : files.ssoSessions.get(session);
  if (session !== undefined && ofSession === undefined) {
    throw refuseProfile(
      name,
      session === ""
        ? "its sso_session is empty"
        : `its sso_session, ${
          quoteValue(session)
        }, is not in ~/.aws/config as [sso-session ${session}]`,
      hint,
    );
  }
  for (const [key, value] of ofSession ?? []) {
    const own = settings.get(key);
    if (own === undefined || own === value) continue;
    throw refuseProfile(
      name,
      `its ${key} is not that of its sso_session ${quoteValue(session ?? "")}`,
      `keep ${key} in one of the two`,
    );
  }
  const all = new Map([...settings, ...ofSession ?? []]);
  const missing = [...SSO_SETTINGS, "sso_account_id", "sso_role_name"]
    .filter((key) => !all.get(key));
  if (missing.length > 0) {
    throw refuseProfile(
      name,
      `for IAM Identity Center it lacks ${joinWords(missing)}`,
      hint,
    );
  }
  return {
    kind: "sso",
    profile: name,
    ...(session && { session }),
    startUrl: all.get("sso_start_url") ?? "",
    region: all.get("sso_region") ?? "",
    accountId: all.get("sso_account_id") ?? "",
    roleName: all.get("sso_role_name") ?? "",
  };
}

function readKeys(
  profile: string,
  section: IniSection,
): ExpiringCredentials | undefined {
  const accessKeyId = section.get("aws_access_key_id");
  const secretAccessKey = section.get("aws_secret_access_key");
  const where = `profile ${quoteValue(profile)}`;
  if (!accessKeyId) return undefined;
  if (!secretAccessKey) {
    throw refuseHalf(where, "aws_access_key_id", "aws_secret_access_key");
  }
  const token = ["aws_security_token", "aws_session_token"].find((name) =>
    section.get(name)
  );
  return checkKeys(
    {
      accessKeyId,
      secretAccessKey,
      ...(token && { sessionToken: section.get(token) ?? "" }),
    },
    {
      accessKeyId: `aws_access_key_id of ${where}`,
      secretAccessKey: `aws_secret_access_key of ${where}`,
      sessionToken: `${token} of ${where}`,
    },
  );
}

function refuseProfile(
  profile: string,
  because: string,
  hint: string,
): PortholeError {
  return new PortholeError(
    "no_credentials",
    `Cannot use AWS profile ${quoteValue(profile)}: ${because}`,
    { hint },
  );
}

/** The settings that are there, by other names. */
function pick<N extends string>(
  settings: IniSection,
  names: Readonly<Record<N, string>>,
): { readonly [name in N]?: string } {
  return Object.fromEntries(
    Object.entries<string>(names).flatMap(([name, key]) => {
      const value = settings.get(key);
      return value ? [[name, value]] : [];
    }),
  ) as { readonly [name in N]?: string };
}
