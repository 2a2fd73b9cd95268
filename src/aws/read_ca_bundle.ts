import type { Deps } from "../deps.ts";
import { messageOf, PortholeError } from "../errors.ts";

/**
 * The certificates (PEM) of AWS_CA_BUNDLE, to be trusted beside the usual ones; undefined when it
 * is not set.
 *
 * @throws {PortholeError} config_invalid when the file cannot be read or holds no certificate.
 */
export async function readCaBundle(
  env: Deps["env"],
  readTextFile: Deps["readTextFile"],
): Promise<string | undefined> {
  const path = env("AWS_CA_BUNDLE");
  if (!path) return undefined;
  let text: string;
  try {
    text = await readTextFile(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : messageOf(error);
    throw refuseBundle(path, reason, error);
  }
  if (!text.includes("-----BEGIN CERTIFICATE-----")) {
    throw refuseBundle(path, "it holds no PEM certificate");
  }
  return text;
}

/** What is said of an AWS_CA_BUNDLE that cannot be used. */
export function refuseBundle(
  path: string,
  reason: string,
  cause?: unknown,
): PortholeError {
  return new PortholeError(
    "config_invalid",
    `Cannot use the certificates of AWS_CA_BUNDLE, "${path}": ${reason}`,
    {
      hint: "point AWS_CA_BUNDLE at a file of PEM certificates, or unset it",
      cause,
    },
  );
}
