import { messageOf, PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import type { AwsProfile } from "./read_aws_files.ts";

/** A file of certificates to trust beside the usual ones. */
export interface CaBundle {
  /** What names it: `AWS_CA_BUNDLE`, or the profile's setting. */
  readonly name: string;
  readonly path: string;
  readonly pem: string;
}

/**
 * Reads the certificates of AWS_CA_BUNDLE, else of the profile's `ca_bundle`; undefined where
 * neither is set.
 *
 * @throws {PortholeError} config_invalid when the file cannot be read or holds no certificate.
 */
export async function readCaBundle(
  env: (name: string) => string | undefined,
  readTextFile: (path: string) => Promise<string>,
  profile?: AwsProfile,
): Promise<CaBundle | undefined> {
  const variable = env("AWS_CA_BUNDLE");
  const path = variable || profile?.settings.get("ca_bundle");
  if (!path) return undefined;
  const name = variable || profile === undefined
    ? "AWS_CA_BUNDLE"
    : `ca_bundle of profile ${quoteValue(profile.name)}`;
  let pem: string;
  try {
    pem = await readTextFile(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : messageOf(error);
    throw refuseBundle({ name, path }, reason, error);
  }
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) {
    throw refuseBundle({ name, path }, "it contains no PEM certificate");
  }
  return { name, path, pem };
}

/** What is said of a file of certificates that cannot be used. */
export function refuseBundle(
  { name, path }: Pick<CaBundle, "name" | "path">,
  reason: string,
  cause?: unknown,
): PortholeError {
  return new PortholeError(
    "config_invalid",
    `Cannot use the certificates of ${name}, "${path}": ${reason}`,
    {
      hint: name === "AWS_CA_BUNDLE"
        ? "point AWS_CA_BUNDLE at a file of PEM certificates, or unset it"
        : "point ca_bundle at a file of PEM certificates, or remove it",
      cause,
    },
  );
}
