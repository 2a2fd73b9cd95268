import { PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import { checkKeys, type ExpiringCredentials } from "./check_keys.ts";
import type { IniSection } from "./parse_ini.ts";
import {
  type AwsFiles,
  type AwsProfile,
  refuseUnreadable,
} from "./read_aws_files.ts";
import { type NamedProfile, selectProfile } from "./select_profile.ts";

/** Where credentials come from, with all that is needed to get them. */
export type CredentialSource =
  | Keys
  | AssumedRole
  | WebIdentity
  | SsoRole
  | CredentialProcess
  | LoginSession
  | { readonly kind: "container" }
  | { readonly kind: "instance" };

/** Keys that stand where they are read. */
export interface Keys {
  readonly kind: "keys";
  readonly keys: ExpiringCredentials;
  /** Undefined for those of the environment. */
  readonly profile?: string;
}

/** A role that other credentials are traded for. */
export interface AssumedRole {
  readonly kind: "assume_role";
  readonly profile: string;
  readonly roleArn: string;
  readonly source: CredentialSource;
  readonly sessionName?: string;
  readonly externalId?: string;
  /** The MFA device whose code AWS asks for. */
  readonly mfaSerial?: string;
  readonly durationSeconds?: number;
}

/** A role for whoever holds a token of another identity provider. */
export interface WebIdentity {
  readonly kind: "web_identity";
  /** Undefined where the environment names the role. */
  readonly profile?: string;
  readonly tokenFile: string;
  readonly roleArn: string;
  readonly sessionName?: string;
}

/** A role of IAM Identity Center. */
export interface SsoRole {
  readonly kind: "sso";
  readonly profile: string;
  /** Its `[sso-session NAME]`; without one the token is found by the start URL. */
  readonly session?: string;
  readonly startUrl: string;
  /** Where the portal is, whatever the region of the profile. */
  readonly region: string;
  readonly accountId: string;
  readonly roleName: string;
}

/** A program that prints credentials. */
export interface CredentialProcess {
  readonly kind: "process";
  readonly profile: string;
  readonly command: string;
}

/** What `aws login` has left. */
export interface LoginSession {
  readonly kind: "login";
  readonly profile: string;
  readonly session: string;
  /** The profile's own. */
  readonly region?: string;
}

/** What the search for credentials starts from. */
export interface CredentialSearch {
  readonly files: AwsFiles;
  readonly env: (name: string) => string | undefined;
  /** `--profile`'s, else the environment's. */
  readonly profile: NamedProfile | undefined;
}

/**
 * Decides where the credentials come from, as the AWS CLI does: the environment's keys, unless
 * `--profile` was typed; then what the profile has, in the order role, web identity, IAM Identity
 * Center, keys of the credentials file, `aws login`, `credential_process`, keys of the configuration;
 * then the container's role and the instance's. A profile without any goes on to those.
 *
 * @throws {PortholeError} for a profile that is in no file or that contradicts itself, keys of which
 * half is missing, and a file that cannot be read where they would have come from it.
 */
export function planCredentials(search: CredentialSearch): CredentialSource {
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
  return (profile && readRole(profile, search, [profile.name])) ??
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

/** Keys of the environment; the AWS CLI takes one without the other for a mistake, too. */
function readEnvironmentKeys(
  env: CredentialSearch["env"],
): ExpiringCredentials | undefined {
  const accessKeyId = env("AWS_ACCESS_KEY_ID");
  const secretAccessKey = env("AWS_SECRET_ACCESS_KEY");
  if (!accessKeyId) return undefined;
  if (!secretAccessKey) {
    throw refuseHalf(
      "the environment",
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
    );
  }
  const token = ["AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"].find((name) =>
    env(name)
  );
  return checkKeys(
    {
      accessKeyId,
      secretAccessKey,
      ...(token && { sessionToken: env(token) ?? "" }),
    },
    {
      accessKeyId: "AWS_ACCESS_KEY_ID",
      secretAccessKey: "AWS_SECRET_ACCESS_KEY",
      sessionToken: token ?? "",
    },
  );
}

function readEnvironmentIdentity(
  env: CredentialSearch["env"],
): WebIdentity | undefined {
  const tokenFile = env("AWS_WEB_IDENTITY_TOKEN_FILE");
  if (!tokenFile) return undefined;
  const roleArn = env("AWS_ROLE_ARN");
  if (!roleArn) {
    throw new PortholeError(
      "no_credentials",
      "Cannot get AWS credentials: AWS_WEB_IDENTITY_TOKEN_FILE is set without AWS_ROLE_ARN",
      { hint: "set AWS_ROLE_ARN to the role that the token is for" },
    );
  }
  const sessionName = env("AWS_ROLE_SESSION_NAME");
  return {
    kind: "web_identity",
    tokenFile,
    roleArn,
    ...(sessionName && { sessionName }),
  };
}

/** `role_arn`, unless it belongs to a token of another identity provider. */
function readRole(
  { name, settings }: AwsProfile,
  search: CredentialSearch,
  visited: readonly string[],
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
    `its credential_source, ${quoteValue(kind)}, is none that AWS knows`,
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
      "for the profiles that are there: aws configure list-profiles",
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
function readOwnSource(
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
      `for IAM Identity Center it lacks ${missing.join(" and ")}`,
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

/** What this machine is allowed, after all that somebody configured. */
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

function hasContainerRole(env: CredentialSearch["env"]): boolean {
  return Boolean(
    env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") ||
      env("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
  );
}

/** `true` in any case, as the AWS CLI reads its switches. */
export function isTrue(value: string | undefined): boolean {
  return value?.trim().toLowerCase() === "true";
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

function refuseHalf(
  where: string,
  there: string,
  missing: string,
): PortholeError {
  return new PortholeError(
    "no_credentials",
    `Cannot use the AWS credentials of ${where}: ${there} is there without ${missing}`,
    { hint: `set both, or neither` },
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
