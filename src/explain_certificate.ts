import { PortholeError } from "./errors.ts";

/** What Deno says of the two variables that it reads before its first TLS connection. */
const DENO_VARIABLES: readonly (readonly [RegExp, string, string])[] = [
  [
    /^(?:Failed opening CA file|Unable to add pem file to certificate store): (.*)/i,
    "DENO_CERT",
    "point DENO_CERT at a file of PEM certificates, or unset it",
  ],
  [
    /^(Unknown certificate store .*)/i,
    "DENO_TLS_CA_STORE",
    "DENO_TLS_CA_STORE is system, mozilla, or both with a comma between them; or unset it",
  ],
];

/** Explains a variable of Deno's that keeps it from any TLS; undefined for any other reason. */
export function explainCertificateVariable(
  reason: string,
): PortholeError | undefined {
  for (const [pattern, variable, hint] of DENO_VARIABLES) {
    const said = pattern.exec(reason)?.[1]?.replace(/ \(os error \d+\)$/, "");
    if (said === undefined) continue;
    return new PortholeError(
      "config_invalid",
      `Cannot use the certificates of ${variable}: ${said}`,
      { hint },
    );
  }
  return undefined;
}

/**
 * What to do about a connection that failed for a reason of its own, whoever was asked; undefined
 * where the network may be at fault.
 */
export function adviseOnConnection(reason: string): string | undefined {
  if (/too many open files/i.test(reason)) {
    return "this process may not open more files: raise the limit with ulimit -n";
  }
  if (!/certificate|UnknownIssuer/i.test(reason)) return undefined;
  if (/not valid yet|NotValidYet/i.test(reason)) {
    return "the certificate is not valid yet: is this machine's clock right?";
  }
  if (/expired/i.test(reason)) {
    return "the certificate has expired, or this machine's clock is wrong; if a company's proxy answers in AWS's place, it needs a new one";
  }
  if (/not valid for|NotValidForName/i.test(reason)) {
    return "another host is answering: check HTTPS_PROXY, DNS, and AWS_ENDPOINT_URL";
  }
  return "if your company's proxy answers in AWS's place, name its certificates with AWS_CA_BUNDLE";
}
