import { present } from "../present.ts";
import type { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { buildInfo } from "../build_info.ts";
import { PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import { parseIniBlock } from "./parse_ini.ts";
import { isTrue } from "./is_true.ts";
import type { AwsFiles, AwsProfile } from "./read_aws_files.ts";

/** The APIs that are called, by the names they have in a `[services NAME]` section. */
export type AwsService =
  | "ecs"
  | "ssm"
  | "kms"
  | "ec2"
  | "cloudwatch_logs"
  | "sts"
  | "iam"
  | "sso"
  | "sso_oidc"
  | "signin";

/** What every client of the SDK is made with. */
export interface ClientSettings {
  readonly region: string;
  readonly requestHandler: FetchHttpHandler;
  readonly endpoint?: string;
  readonly maxAttempts: number;
  readonly retryMode?: string;
  readonly useFipsEndpoint: boolean;
  readonly useDualstackEndpoint: boolean;
  /** The SDK would look it up by AWS_PROFILE, whatever profile is meant. */
  readonly ignoreConfiguredEndpointUrls: true;
  readonly customUserAgent: [string, string][];
}

/** Where the settings come from. */
export interface SettingsSource {
  readonly env: (name: string) => string | undefined;
  readonly files: AwsFiles;
  readonly profile: AwsProfile | undefined;
}

/**
 * Attempts a call, throttled or cut off, before it counts as failed: the SDK waits between them
 * with full jitter, at most 1, 2, 4, 8 and 16 s when throttled. AWS_MAX_ATTEMPTS wins.
 */
const MAX_ATTEMPTS = 6;

/**
 * What a client of `service` is made with: the environment's settings before the profile's, as the
 * AWS CLI reads them.
 *
 * @throws {PortholeError} config_invalid for a setting that cannot hold.
 */
export function readClientSettings(
  service: AwsService,
  source: SettingsSource,
  { region, requestHandler }: Pick<ClientSettings, "region" | "requestHandler">,
): ClientSettings {
  const { env, profile } = source;
  const read = (variable: string, key: string) =>
    env(variable) || profile?.settings.get(key) || undefined;
  const endpoint = findEndpoint(service, source);
  const retryMode = read("AWS_RETRY_MODE", "retry_mode");
  return {
    region,
    requestHandler,
    ...present({ endpoint }),
    maxAttempts: readAttempts(read("AWS_MAX_ATTEMPTS", "max_attempts")),
    // The AWS CLI's third mode, legacy, is not one of the SDK's.
    ...(retryMode && /^(standard|adaptive)$/.test(retryMode)
      ? { retryMode }
      : {}),
    useFipsEndpoint: isTrue(
      read("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
    ),
    useDualstackEndpoint: isTrue(
      read("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
    ),
    ignoreConfiguredEndpointUrls: true,
    customUserAgent: [["porthole", buildInfo.version]],
  };
}

/**
 * The endpoint that the environment or the profile names for a service; undefined for AWS's own.
 *
 * @throws {PortholeError} config_invalid where it cannot be one.
 */
export function findEndpoint(
  service: AwsService,
  { env, files, profile }: SettingsSource,
): string | undefined {
  const ignored = isTrue(
    env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") ||
      profile?.settings.get("ignore_configured_endpoint_urls"),
  );
  if (ignored) return undefined;
  for (
    const name of [
      `AWS_ENDPOINT_URL_${service.toUpperCase()}`,
      "AWS_ENDPOINT_URL",
    ]
  ) {
    const value = env(name);
    if (value) return checkEndpoint(value, name, `unset ${name}`);
  }
  if (profile === undefined) return undefined;
  const where = `profile ${quoteValue(profile.name)}`;
  const section = profile.settings.get("services");
  if (section !== undefined) {
    const settings = files.services.get(section);
    if (settings === undefined) {
      throw new PortholeError(
        "config_invalid",
        `Cannot use AWS ${where}: its services, ${
          quoteValue(section)
        }, is not in ~/.aws/config as [services ${section}]`,
        { hint: "add the section, or remove the setting" },
      );
    }
    const value = parseIniBlock(settings.get(service) ?? "")
      .get("endpoint_url");
    if (value) {
      return checkEndpoint(
        value,
        `${service}'s endpoint_url in [services ${section}]`,
        "remove it",
      );
    }
  }
  const value = profile.settings.get("endpoint_url");
  return value
    ? checkEndpoint(value, `the endpoint_url of ${where}`, "remove it")
    : undefined;
}

/**
 * An endpoint that requests can be sent to, else an error that shows no password.
 *
 * @throws {PortholeError} config_invalid.
 */
export function checkEndpoint(
  value: string,
  name: string,
  otherRemedy: string,
): string {
  const url = URL.parse(value);
  const refuse = (because: string) =>
    new PortholeError(
      "config_invalid",
      `Cannot use ${name}, ${quoteValue(hideUserInfo(value))}: ${because}`,
      { hint: `write it as https://ecs.example.com, or ${otherRemedy}` },
    );
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw refuse("it is not an HTTP address");
  }
  if (url.username || url.password) {
    throw refuse("it has a user name or password, which AWS's APIs do not use");
  }
  return value;
}

/** Whatever stands before an `@` may be a password. */
function hideUserInfo(value: string): string {
  return value.replace(/^(\w+:\/*)?.*@/s, "$1…@");
}

function readAttempts(value: string | undefined): number {
  if (value === undefined) return MAX_ATTEMPTS;
  if (/^[1-9]\d{0,3}$/.test(value)) return Number(value);
  throw new PortholeError(
    "config_invalid",
    `Cannot use ${
      quoteValue(value)
    } as AWS_MAX_ATTEMPTS or max_attempts: it is not a number of attempts`,
    { hint: "write a whole number from 1 to 9999" },
  );
}
