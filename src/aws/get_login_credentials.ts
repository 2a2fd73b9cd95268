import { Buffer } from "node:buffer";
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  sign,
} from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import { PortholeError } from "../errors.ts";
import { quotePath, quoteValue } from "../quote_value.ts";
import type { ExpiringCredentials } from "./check_keys.ts";
import { explainSourceError, tellReadFailure } from "./explain_source_error.ts";
import type { LoginSession } from "./credential_source.ts";
import type { SourceTools } from "./source_tools.ts";

/** What `aws login` leaves in its cache, as far as it is read; the rest is kept. */
interface LoginToken {
  readonly accessToken: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
    readonly expiresAt: string;
  };
  readonly refreshToken: string;
  readonly clientId: string;
  /** A P-256 key (PEM); its owner may renew the token. */
  readonly dpopKey: string;
  readonly signInRegion?: string;
}

/** Credentials that end sooner are renewed first, as the AWS CLI does it. */
const RENEW_BEFORE_MS = 5 * 60_000;

/**
 * Gets the credentials that `aws login` has left, renewed where they run out.
 *
 * @throws {PortholeError} expired_credentials where the user has to sign in again.
 */
export async function getLoginCredentials(
  source: LoginSession,
  tools: SourceTools,
): Promise<ExpiringCredentials> {
  const path = findTokenFile(source.session, tools.deps.env);
  const token = await readToken(path, source, tools);
  const left = Date.parse(token.accessToken.expiresAt) - Date.now();
  if (left > RENEW_BEFORE_MS) return readKeys(token);
  try {
    const renewed = await renewToken(token, source, tools);
    // What cannot be kept is renewed again the next time.
    await tools.deps.writePrivateFile(path, JSON.stringify(renewed))
      .catch(() => {});
    return readKeys(renewed);
  } catch (error) {
    if (left > 0) return readKeys(token);
    throw error;
  }
}

function findTokenFile(
  session: string,
  env: SourceTools["deps"]["env"],
): string {
  const name = createHash("sha256").update(session).digest("hex");
  const home = env("HOME") || env("USERPROFILE") || homedir();
  const folder = env("AWS_LOGIN_CACHE_DIRECTORY") ||
    join(home, ".aws", "login", "cache");
  return join(folder.replace(/^~(?=$|[/\\])/, () => home), `${name}.json`);
}

async function readToken(
  path: string,
  source: LoginSession,
  { deps }: SourceTools,
): Promise<LoginToken> {
  let text: string;
  try {
    text = await deps.readTextFile(path);
  } catch (error) {
    throw refuseSession(
      source,
      error instanceof Deno.errors.NotFound
        ? "you are not signed in with aws login"
        : `the sign-in, ${quotePath(path)}: ${tellReadFailure(error)}`,
      error,
    );
  }
  try {
    const token = JSON.parse(text) as Partial<LoginToken> | null;
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } =
      token?.accessToken ?? {};
    const parts = [
      accessKeyId,
      secretAccessKey,
      sessionToken,
      token?.refreshToken,
      token?.clientId,
      token?.dpopKey,
    ];
    if (
      parts.every((part) => typeof part === "string" && part !== "") &&
      !Number.isNaN(Date.parse(expiresAt ?? ""))
    ) return token as LoginToken;
  } catch {
    // What stands there may be half a token, and is not for showing.
  }
  throw refuseSession(
    source,
    `the sign-in, ${quotePath(path)}, cannot be read`,
  );
}

async function renewToken(
  token: LoginToken,
  source: LoginSession,
  tools: SourceTools,
): Promise<LoginToken> {
  const { SigninClient, CreateOAuth2TokenCommand } = await import(
    "@aws-sdk/nested-clients/signin"
  );
  const region = token.signInRegion || source.region || tools.region;
  const client = new SigninClient({
    ...tools.clientSettings("signin", region),
    // The request is not signed: the proof below authenticates it.
    credentials: { accessKeyId: "", secretAccessKey: "" },
  });
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as SentRequest;
      request.headers["DPoP"] = proveOwnership(token.dpopKey, request);
      return next(args);
    },
    { step: "finalizeRequest", name: "proveOwnership" },
  );
  try {
    const { tokenOutput } = await client.send(
      new CreateOAuth2TokenCommand({
        tokenInput: {
          clientId: token.clientId,
          refreshToken: token.refreshToken,
          grantType: "refresh_token",
        },
      }),
    );
    const { accessKeyId, secretAccessKey, sessionToken } =
      tokenOutput?.accessToken ?? {};
    if (!tokenOutput || !accessKeyId || !secretAccessKey || !sessionToken) {
      throw new Error("the answer contains no credentials");
    }
    const ends = new Date(Date.now() + (tokenOutput.expiresIn ?? 900) * 1000);
    return {
      ...token,
      accessToken: {
        ...token.accessToken,
        accessKeyId,
        secretAccessKey,
        sessionToken,
        expiresAt: ends.toISOString().replace(/\.\d+Z$/, "Z"),
      },
      refreshToken: tokenOutput.refreshToken ?? token.refreshToken,
    };
  } catch (error) {
    throw explainRefusal(error, source, region);
  } finally {
    client.destroy();
  }
}

/** What of the SDK's request the proof is about. */
interface SentRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
}

/**
 * A DPoP proof (RFC 9449): a JSON Web Token about this one request, signed with the key that the
 * sign-in was bound to.
 */
function proveOwnership(
  pem: string,
  { protocol, hostname, port, path, method }: SentRequest,
): string {
  const key = createPrivateKey(pem);
  const { x, y } = createPublicKey(key).export({ format: "jwk" });
  const encode = (value: object) =>
    Buffer.from(JSON.stringify(value)).toString("base64url");
  const content = [
    encode({
      typ: "dpop+jwt",
      alg: "ES256",
      jwk: { kty: "EC", crv: "P-256", x, y },
    }),
    encode({
      jti: crypto.randomUUID(),
      htm: method,
      htu: `${protocol}//${hostname}${port ? `:${port}` : ""}${path}`,
      iat: Math.floor(Date.now() / 1000),
    }),
  ].join(".");
  const signature = sign("sha256", Buffer.from(content), {
    key,
    // ES256 is the two numbers side by side (RFC 7518, section 3.4), not their DER.
    dsaEncoding: "ieee-p1363",
  });
  return `${content}.${signature.toString("base64url")}`;
}

function explainRefusal(
  error: unknown,
  source: LoginSession,
  region: string,
): PortholeError {
  const { name, error: kind } = (error ?? {}) as {
    readonly name?: string;
    readonly error?: string;
  };
  if (name !== "AccessDeniedException") {
    return explainSourceError(error, {
      profile: source.profile,
      from: "aws login",
      region,
    });
  }
  switch (kind) {
    case "USER_CREDENTIALS_CHANGED":
      return refuseSession(source, "the password was changed since", error);
    case "INSUFFICIENT_PERMISSIONS":
      return new PortholeError(
        "access_denied",
        `Cannot renew the AWS sign-in of profile ${
          quoteValue(source.profile)
        }: your identity is not allowed signin:CreateOAuth2Token`,
        {
          hint:
            "attach the managed policy SignInLocalDevelopmentAccess to your identity",
          cause: error,
        },
      );
    default:
      return refuseSession(source, "its sign-in has expired", error);
  }
}

function refuseSession(
  { profile }: LoginSession,
  because: string,
  cause?: unknown,
): PortholeError {
  return new PortholeError(
    "expired_credentials",
    `Cannot get AWS credentials of profile ${quoteValue(profile)}: ${because}`,
    { hint: `run: aws login --profile ${profile}`, cause },
  );
}

function readKeys({ accessToken }: LoginToken): ExpiringCredentials {
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = accessToken;
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken,
    expiration: new Date(expiresAt),
  };
}
