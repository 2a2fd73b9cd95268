import type { ECS } from "@aws-sdk/client-ecs";
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
  /** The SDK's own hash. */
  readonly sha256: ECS["config"]["sha256"];
}

/**
 * The headers that sign the data channel's WebSocket upgrade (SigV4, action
 * `ssmmessages:OpenDataChannel`); none when the URL already carries its own signature.
 *
 * AWS's client signs `host;x-amz-date[;x-amz-security-token]` over an empty body and sends no
 * `x-amz-content-sha256`; the vectors are its own signer's.
 */
export async function signUpgrade(
  url: string,
  { now, ...signer }: UpgradeSigner,
): Promise<Record<string, string>> {
  const { host, hostname, pathname, searchParams } = parseStreamUrl(url);
  const names = [...searchParams.keys()];
  if (names.some((name) => /^x-amz-/i.test(name))) return {};

  // Part of the SDK, which takes its time to load: no verb is to wait for it that signs nothing.
  const { SignatureV4 } = await import("@smithy/signature-v4");
  const { headers } = await new SignatureV4({
    ...signer,
    service: "ssmmessages",
    applyChecksum: false,
  }).sign({
    method: "GET",
    protocol: "wss:",
    hostname,
    path: pathname,
    query: Object.fromEntries(
      names.map((name) => [name, searchParams.getAll(name)]),
    ),
    headers: { host },
  }, { signingDate: now });
  return Object.fromEntries(
    ["Authorization", "X-Amz-Date", "X-Amz-Security-Token"].flatMap((name) => {
      const value = headers[name.toLowerCase()];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/**
 * The URL of an upgrade with its signature in the query, good for so many seconds; it stays as it is when it carries
 * one already. Until then, the URL and the session's token are enough to join the session.
 */
export async function presignUpgrade(
  url: string,
  { now, ...signer }: UpgradeSigner,
  seconds: number,
): Promise<string> {
  const parsed = parseStreamUrl(url);
  const names = [...parsed.searchParams.keys()];
  if (names.some((name) => /^x-amz-/i.test(name))) return url;
  const { SignatureV4 } = await import("@smithy/signature-v4");
  const { query = {} } = await new SignatureV4({
    ...signer,
    service: "ssmmessages",
    applyChecksum: false,
  }).presign({
    method: "GET",
    protocol: "wss:",
    hostname: parsed.hostname,
    path: parsed.pathname,
    query: Object.fromEntries(
      names.map((name) => [name, parsed.searchParams.getAll(name)]),
    ),
    headers: { host: parsed.host },
  }, { signingDate: now, expiresIn: seconds });
  // What AWS wrote into the query stays as it is: a plus there may be one.
  const added = Object.entries(query).filter(([name]) => !names.includes(name))
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return `${url}${url.includes("?") ? "&" : "?"}${added.join("&")}`;
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
