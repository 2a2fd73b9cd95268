import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import { PortholeError } from "../errors.ts";
import { quotePath, quoteValue } from "../quote_value.ts";
import { checkHeaderValue, type ExpiringCredentials } from "./check_keys.ts";
import { explainSourceError } from "./explain_source_error.ts";
import type { SsoRole } from "./credential_source.ts";
import type { SourceTools } from "./source_tools.ts";
import { tameText } from "./tame_text.ts";

/** What `aws sso login` leaves in its cache. */
interface SsoToken {
  readonly accessToken: string;
  readonly expiresAt: string;
  readonly refreshToken?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly registrationExpiresAt?: string;
}

/** A token that ends sooner is renewed first, as the AWS CLI does it. */
const RENEW_BEFORE_MS = 15 * 60_000;

/**
 * Gets a role's credentials from the portal of IAM Identity Center, in the region where that is, and
 * with the token that `aws sso login` left; one of an `sso_session` is renewed when it runs out.
 *
 * @throws {PortholeError} expired_credentials where the user has to sign in, access_denied where the
 * role is not theirs, and what else stood in the way.
 */
export async function getSsoCredentials(
  source: SsoRole,
  tools: SourceTools,
): Promise<ExpiringCredentials> {
  const accessToken = await findToken(source, tools);
  const { SSO } = await import("./load_sso.ts");
  const client = new SSO.SSOClient(tools.clientSettings("sso", source.region));
  try {
    const { roleCredentials } = await client.send(
      new SSO.GetRoleCredentialsCommand({
        accessToken,
        accountId: source.accountId,
        roleName: source.roleName,
      }),
    );
    const { accessKeyId, secretAccessKey, sessionToken, expiration } =
      roleCredentials ?? {};
    if (!accessKeyId || !secretAccessKey || !sessionToken || !expiration) {
      throw new Error("the answer contains no credentials");
    }
    return {
      accessKeyId,
      secretAccessKey,
      sessionToken,
      expiration: new Date(expiration),
    };
  } catch (error) {
    throw explainPortal(error, source);
  } finally {
    client.destroy();
  }
}

async function findToken(
  source: SsoRole,
  tools: SourceTools,
): Promise<string> {
  const path = findTokenFile(source, tools.deps.env);
  const token = await readToken(path, source, tools);
  const left = Date.parse(token.expiresAt) - Date.now();
  if (source.session === undefined || left > RENEW_BEFORE_MS) {
    if (left > 0) return checkToken(token, source);
    throw refuseExpired(source);
  }
  try {
    const renewed = await renewToken(token, source, tools);
    if (renewed !== undefined) {
      // What cannot be kept is renewed again the next time.
      await tools.deps.writePrivateFile(path, JSON.stringify(renewed))
        .catch(() => {});
      return checkToken(renewed, source);
    }
  } catch (error) {
    // AWS does not renew it: it holds for as long as it does.
    if (left <= 0) throw error;
  }
  if (left > 0) return checkToken(token, source);
  throw refuseExpired(source);
}

function checkToken({ accessToken }: SsoToken, { profile }: SsoRole): string {
  return checkHeaderValue(
    accessToken,
    `the IAM Identity Center token of profile ${quoteValue(profile)}`,
  );
}

function findTokenFile(
  { session, startUrl }: SsoRole,
  env: SourceTools["deps"]["env"],
): string {
  const name = createHash("sha1").update(session ?? startUrl).digest("hex");
  const home = env("HOME") || env("USERPROFILE") || homedir();
  return join(home, ".aws", "sso", "cache", `${name}.json`);
}

async function readToken(
  path: string,
  source: SsoRole,
  { deps }: SourceTools,
): Promise<SsoToken> {
  const remedy = `run: aws sso login --profile ${source.profile}`;
  let text: string;
  try {
    text = await deps.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new PortholeError(
        "expired_credentials",
        `Cannot get AWS credentials: you are not signed in to IAM Identity Center for profile ${
          quoteValue(source.profile)
        }`,
        { hint: remedy, cause: error },
      );
    }
    throw refuseTokenFile(path, source, error);
  }
  try {
    const token = JSON.parse(text) as Partial<SsoToken> | null;
    if (
      typeof token?.accessToken === "string" &&
      !Number.isNaN(Date.parse(token.expiresAt ?? ""))
    ) return token as SsoToken;
  } catch {
    // What stands there may be half a token, and is not for showing.
  }
  throw refuseTokenFile(path, source, undefined);
}

function refuseTokenFile(
  path: string,
  { profile }: SsoRole,
  cause: unknown,
): PortholeError {
  return new PortholeError(
    "expired_credentials",
    `Cannot get AWS credentials of profile ${
      quoteValue(profile)
    }: the sign-in to IAM Identity Center, ${quotePath(path)}, cannot be read`,
    { hint: `write it again: aws sso login --profile ${profile}`, cause },
  );
}

/** Undefined where there is nothing to renew it with, or AWS does not. */
async function renewToken(
  token: SsoToken,
  source: SsoRole,
  tools: SourceTools,
): Promise<SsoToken | undefined> {
  const { clientId, clientSecret, refreshToken, registrationExpiresAt } = token;
  const registered = Date.parse(registrationExpiresAt ?? "");
  if (
    !clientId || !clientSecret || !refreshToken || !(registered > Date.now())
  ) return undefined;
  const { SSOOIDC } = await import("./load_sso.ts");
  const client = new SSOOIDC.SSOOIDCClient(
    tools.clientSettings("sso_oidc", source.region),
  );
  try {
    const answer = await client.send(
      new SSOOIDC.CreateTokenCommand({
        clientId,
        clientSecret,
        refreshToken,
        grantType: "refresh_token",
      }),
    );
    if (!answer.accessToken || !answer.expiresIn) return undefined;
    return {
      ...token,
      accessToken: answer.accessToken,
      expiresAt: toSeconds(new Date(Date.now() + answer.expiresIn * 1000)),
      refreshToken: answer.refreshToken ?? refreshToken,
    };
  } catch (error) {
    const { name = "" } = (error ?? {}) as { readonly name?: string };
    // The sign-in is over, or was made in another way: there is nothing to renew.
    if (
      /^(InvalidGrant|UnauthorizedClient|InvalidClient|ExpiredToken|AccessDenied|InvalidRequest)Exception$/
        .test(name)
    ) {
      return undefined;
    }
    throw explainSourceError(error, {
      profile: source.profile,
      from: "IAM Identity Center",
      region: source.region,
    });
  } finally {
    client.destroy();
  }
}

/** As the AWS CLI writes it: without milliseconds. */
function toSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}

function refuseExpired(
  { profile }: SsoRole,
  cause?: unknown,
): PortholeError {
  return new PortholeError(
    "expired_credentials",
    `Cannot get AWS credentials: the IAM Identity Center session of profile ${
      quoteValue(profile)
    } has expired`,
    { hint: `run: aws sso login --profile ${profile}`, cause },
  );
}

function explainPortal(error: unknown, source: SsoRole): PortholeError {
  const { name, message = "" } = (error ?? {}) as {
    readonly name?: string;
    readonly message?: string;
  };
  const { profile, roleName, accountId, region } = source;
  if (name === "UnauthorizedException") return refuseExpired(source, error);
  if (name === "ForbiddenException" || name === "ResourceNotFoundException") {
    return new PortholeError(
      "access_denied",
      `Cannot get AWS credentials of profile ${
        quoteValue(profile)
      }: IAM Identity Center does not give you role ${
        quoteValue(roleName)
      } in account ${quoteValue(accountId)} (${tameText(message)})`,
      {
        hint:
          "check sso_role_name and sso_account_id; your roles are listed on the start page, sso_start_url",
        cause: error,
      },
    );
  }
  return explainSourceError(error, {
    profile,
    from: "IAM Identity Center",
    region,
  });
}
