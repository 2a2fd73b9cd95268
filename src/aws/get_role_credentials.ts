import type { AssumeRoleCommandInput } from "@aws-sdk/nested-clients/sts";
import { PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import { checkHeaderValue, type ExpiringCredentials } from "./check_keys.ts";
import {
  explainSourceError,
  refuseSource,
  tellReadFailure,
} from "./explain_source_error.ts";
import type { AssumedRole, WebIdentity } from "./credential_source.ts";
import type { SourceTools } from "./source_tools.ts";

/** What STS answers with, however the role was assumed. */
interface StsAnswer {
  readonly Credentials?: {
    readonly AccessKeyId: string | undefined;
    readonly SecretAccessKey: string | undefined;
    readonly SessionToken: string | undefined;
    readonly Expiration: Date | undefined;
  } | undefined;
}

/**
 * Assumes a profile's role with the credentials of its source, in the region that requests go to, as
 * the AWS CLI does; asks for the MFA code where the profile has a device.
 *
 * @throws {PortholeError}
 */
export async function assumeRole(
  role: AssumedRole,
  credentials: ExpiringCredentials,
  tools: SourceTools,
): Promise<ExpiringCredentials> {
  const { mfaSerial: serial, profile } = role;
  if (serial === undefined) return await callSts(role, credentials, {}, tools);
  const { mfa } = tools.deps;
  if (mfa === undefined) throw refuseUnasked(profile);
  const name = JSON.stringify([profile, role.roleArn, serial]);
  const kept = mfa.sessions.get(name);
  if (kept !== undefined) {
    if (!isOver(kept)) return kept;
    throw refuseSecondCode(profile);
  }
  const TokenCode = await mfa.askCode({ serial, profile });
  const found = await callSts(
    role,
    credentials,
    { SerialNumber: serial, TokenCode },
    tools,
  );
  mfa.sessions.set(name, found);
  return found;
}

/**
 * Assumes a role in somebody's name, so that CloudTrail names them. Its trust needs sts:SetSourceIdentity, and a role
 * that is assumed by another lasts an hour at most.
 *
 * @throws {PortholeError}
 */
export async function assumeNamedRole(
  { roleArn, name }: { readonly roleArn: string; readonly name: string },
  credentials: ExpiringCredentials,
  tools: SourceTools,
): Promise<ExpiringCredentials> {
  try {
    return await sendAssumeRole(
      {
        RoleArn: roleArn,
        RoleSessionName: name,
        SourceIdentity: name,
      },
      credentials,
      tools,
    );
  } catch (error) {
    throw explainSourceError(error, {
      profile: undefined,
      from: `STS, for the role ${quoteValue(roleArn)}`,
      region: tools.region,
    });
  }
}

function isOver({ expiration }: ExpiringCredentials): boolean {
  return expiration !== undefined && expiration.getTime() <= Date.now();
}

async function callSts(
  role: AssumedRole,
  credentials: ExpiringCredentials,
  code: { readonly SerialNumber?: string; readonly TokenCode?: string },
  tools: SourceTools,
): Promise<ExpiringCredentials> {
  try {
    return await sendAssumeRole(
      {
        RoleArn: role.roleArn,
        RoleSessionName: role.sessionName ?? nameSession(),
        ...(role.externalId && { ExternalId: role.externalId }),
        ...(role.durationSeconds && { DurationSeconds: role.durationSeconds }),
        ...code,
      },
      credentials,
      tools,
    );
  } catch (error) {
    const { message = "" } = (error ?? {}) as { readonly message?: string };
    if (/MultiFactorAuthentication failed/i.test(message)) {
      throw new PortholeError(
        "no_credentials",
        `Cannot get AWS credentials of profile ${
          quoteValue(role.profile)
        }: AWS does not accept the MFA code`,
        {
          hint:
            `each code counts once; the device is ${role.mfaSerial}, mfa_serial in ~/.aws/config`,
          cause: error,
        },
      );
    }
    throw explainSourceError(error, {
      profile: role.profile,
      from: "STS",
      region: tools.region,
    });
  }
}

async function sendAssumeRole(
  input: AssumeRoleCommandInput,
  credentials: ExpiringCredentials,
  tools: SourceTools,
): Promise<ExpiringCredentials> {
  const { STSClient, AssumeRoleCommand } = await import(
    "@aws-sdk/nested-clients/sts"
  );
  const client = new STSClient({
    ...tools.clientSettings("sts", tools.region),
    credentials: () => Promise.resolve(credentials),
  });
  try {
    return readAnswer(await client.send(new AssumeRoleCommand(input)));
  } finally {
    client.destroy();
  }
}

function refuseUnasked(profile: string): PortholeError {
  return new PortholeError(
    "no_credentials",
    `Cannot get AWS credentials: profile ${
      quoteValue(profile)
    } needs an MFA code, and there is no terminal to ask on`,
    {
      hint:
        `run porthole at a terminal without --no-input, or pass a session: eval "$(aws configure export-credentials --profile ${profile} --format env)"`,
    },
  );
}

function refuseSecondCode(profile: string): PortholeError {
  return new PortholeError(
    "expired_credentials",
    `Cannot renew the AWS credentials of profile ${
      quoteValue(profile)
    }: they have expired, and another MFA code is needed`,
    {
      hint:
        "start porthole again; duration_seconds in the profile makes them last longer",
    },
  );
}

/**
 * Assumes a role with a token of another identity provider.
 *
 * @throws {PortholeError}
 */
export async function assumeRoleWithWebIdentity(
  { profile, tokenFile, roleArn, sessionName }: WebIdentity,
  tools: SourceTools,
): Promise<ExpiringCredentials> {
  const { region } = tools;
  const from = "STS, with a web identity";
  const file = quoteValue(tokenFile);
  let token: string;
  try {
    token = (await tools.deps.readTextFile(tokenFile)).trim();
  } catch (error) {
    throw refuseSource(
      { profile, from },
      `the token's file, ${file}: ${tellReadFailure(error)}`,
      {
        hint: profile === undefined
          ? "check AWS_WEB_IDENTITY_TOKEN_FILE"
          : "check the profile's web_identity_token_file",
        cause: error,
      },
    );
  }
  const { STSClient, AssumeRoleWithWebIdentityCommand } = await import(
    "@aws-sdk/nested-clients/sts"
  );
  const client = new STSClient({
    ...tools.clientSettings("sts", region),
  });
  try {
    return readAnswer(
      await client.send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: roleArn,
          RoleSessionName: sessionName ?? nameSession(),
          WebIdentityToken: checkHeaderValue(
            token,
            `the token in ${file}`,
          ),
        }),
      ),
    );
  } catch (error) {
    const { name } = (error ?? {}) as { readonly name?: string };
    if (name === "ExpiredTokenException" || name === "ExpiredToken") {
      throw new PortholeError(
        "expired_credentials",
        `Cannot get AWS credentials from ${from}: the token in ${file} has expired`,
        { hint: "get a new token; its provider writes the file", cause: error },
      );
    }
    throw explainSourceError(error, { profile, from, region });
  } finally {
    client.destroy();
  }
}

function nameSession(): string {
  return `porthole-${Math.floor(Date.now() / 1000)}`;
}

function readAnswer({ Credentials: keys }: StsAnswer): ExpiringCredentials {
  if (!keys?.AccessKeyId || !keys.SecretAccessKey || !keys.SessionToken) {
    throw new Error("the answer contains no credentials");
  }
  return {
    accessKeyId: keys.AccessKeyId,
    secretAccessKey: keys.SecretAccessKey,
    sessionToken: keys.SessionToken,
    ...(keys.Expiration && { expiration: keys.Expiration }),
  };
}
