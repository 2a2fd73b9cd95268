import type { Deps } from "../deps.ts";
import type { ExpiringCredentials } from "./check_keys.ts";
import type { AwsFiles } from "./read_aws_files.ts";
import type { NamedProfile } from "./select_profile.ts";

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

/** A role for the holder of another identity provider's token. */
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
  readonly env: Deps["env"];
  /** `--profile`'s, else the environment's. */
  readonly profile: NamedProfile | undefined;
}
