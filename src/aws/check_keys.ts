import { PortholeError } from "../errors.ts";
import type { AwsCredentials } from "./sign_upgrade.ts";

/** Credentials as the SDK keeps them: it asks again when they are about to expire. */
export type ExpiringCredentials = AwsCredentials & {
  readonly expiration?: Date;
};

/** What each part of the credentials is called where they come from, for errors. */
export interface KeyNames {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/**
 * Credentials fit for a header: without a line break at their end, which files with Windows' line
 * ends leave there.
 *
 * @throws {PortholeError} no_credentials that names the part with any other control character, and
 * shows nothing of it: a runtime's own error shows the whole header.
 */
export function checkKeys(
  keys: ExpiringCredentials,
  names: KeyNames,
): ExpiringCredentials {
  const check = (part: keyof KeyNames, value: string) =>
    checkHeaderValue(value, names[part]);
  const { sessionToken } = keys;
  return {
    ...keys,
    accessKeyId: check("accessKeyId", keys.accessKeyId),
    secretAccessKey: check("secretAccessKey", keys.secretAccessKey),
    ...(sessionToken && { sessionToken: check("sessionToken", sessionToken) }),
  };
}

/** The same for one secret that goes into a header. */
export function checkHeaderValue(value: string, name: string): string {
  const trimmed = value.replace(/[\r\n]+$/, "");
  // AWS makes them of printable ASCII.
  if (/^[\x20-\x7e]*$/.test(trimmed)) return trimmed;
  const what = /\p{Cc}/u.test(trimmed)
    ? "a control character, such as a line break"
    : "a character that is not ASCII";
  throw new PortholeError(
    "no_credentials",
    `Cannot use ${name}: it contains ${what}`,
    { hint: "set it again, as AWS gave it" },
  );
}

/** What is said of one half of a pair of keys; the AWS CLI takes it for a mistake, too. */
export function refuseHalf(
  where: string,
  there: string,
  missing: string,
): PortholeError {
  return new PortholeError(
    "no_credentials",
    `Cannot use the AWS credentials of ${where}: ${there} is set without ${missing}`,
    { hint: `set both, or neither` },
  );
}
