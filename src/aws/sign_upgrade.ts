import { createHash, createHmac } from "node:crypto";
import { PortholeError } from "../errors.ts";

/** What a request is signed with. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Who signs an upgrade, for which region, at what time. */
export interface UpgradeSigner {
  readonly region: string;
  readonly credentials: AwsCredentials;
  readonly now: Date;
}

const SERVICE = "ssmmessages";

/**
 * The headers that sign the data channel's WebSocket upgrade (SigV4, action
 * `ssmmessages:OpenDataChannel`); none when the URL already carries its own signature.
 *
 * AWS's client signs `host;x-amz-date[;x-amz-security-token]` over an empty body and sends no
 * `x-amz-content-sha256`; the vectors are its own signer's.
 */
export function signUpgrade(
  url: string,
  signer: UpgradeSigner,
): Record<string, string> {
  const { host, pathname, searchParams } = parseStreamUrl(url);
  if ([...searchParams.keys()].some((key) => /^x-amz-/i.test(key))) return {};

  const { region, credentials } = signer;
  const time = signer.now.toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = [time.slice(0, 8), region, SERVICE, "aws4_request"];
  const signed: [string, string][] = [["host", host], ["x-amz-date", time]];
  if (credentials.sessionToken) {
    signed.push(["x-amz-security-token", credentials.sessionToken]);
  }
  const names = signed.map(([name]) => name).join(";");

  const request = [
    "GET",
    pathname.split("/").map((part) => encodeStrictly(decodeURIComponent(part)))
      .join("/"),
    canonicalQuery(searchParams),
    ...signed.map(([name, value]) => `${name}:${value}`),
    "",
    names,
    sha256(""),
  ].join("\n");
  const text = ["AWS4-HMAC-SHA256", time, scope.join("/"), sha256(request)]
    .join("\n");
  const key = scope.reduce<string | Uint8Array>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = createHmac("sha256", key).update(text).digest("hex");

  return {
    "Authorization":
      `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${
        scope.join("/")
      }, ` +
      `SignedHeaders=${names}, Signature=${signature}`,
    "X-Amz-Date": time,
    ...(credentials.sessionToken &&
      { "X-Amz-Security-Token": credentials.sessionToken }),
  };
}

/** The runtime's own error shows the URL, with the token that may be in it. */
function parseStreamUrl(url: string): URL {
  try {
    const parsed = new URL(url);
    decodeURIComponent(parsed.pathname);
    return parsed;
  } catch {
    throw new PortholeError(
      "session_refused",
      "Cannot open the session's data channel: AWS's answer has a stream URL that is not an address",
    );
  }
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .map(([name, value]) => `${encodeStrictly(name)}=${encodeStrictly(value)}`)
    .sort()
    .join("&");
}

/** Everything but the unreserved characters of RFC 3986, which is what SigV4 asks for. */
function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Uint8Array, text: string): Uint8Array {
  return createHmac("sha256", key).update(text).digest();
}
