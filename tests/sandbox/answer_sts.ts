import { randomBytes } from "node:crypto";
import type { ApiContext } from "./api_context.ts";
import { ApiError } from "./api_error.ts";
import { account, shortenArn } from "./fleet.ts";

/** Answers one operation of the Security Token Service, in XML. */
export function answerSts(
  context: ApiContext,
  form: URLSearchParams,
  caller: string,
): string {
  switch (form.get("Action")) {
    case "GetCallerIdentity":
      return wrap(
        "GetCallerIdentity",
        `<Arn>${caller}</Arn><UserId>AIDASANDBOX</UserId>` +
          `<Account>${account}</Account>`,
      );
    case "AssumeRole": {
      const role = form.get("RoleArn") ?? "";
      const name = form.get("RoleSessionName") ?? "";
      const identity = form.get("SourceIdentity");
      const allowed = /^[\w+=,.@-]{2,64}$/;
      if (
        !allowed.test(name) || (identity !== null && !allowed.test(identity))
      ) {
        throw new ApiError(
          "ValidationError",
          "1 validation error detected: a name of the session fails to satisfy its constraint",
        );
      }
      const accessKeyId = `ASIA${randomBytes(8).toString("hex").toUpperCase()}`;
      const credentials = {
        accessKeyId,
        secretAccessKey: randomBytes(20).toString("hex"),
        sessionToken: randomBytes(24).toString("base64"),
        arn: `arn:aws:sts::${account}:assumed-role/${shortenArn(role)}/${name}`,
        ...(identity === null ? {} : { sourceIdentity: identity }),
      };
      context.roles.set(accessKeyId, credentials);
      const expiration = new Date(context.now() + 3_600_000).toISOString();
      return wrap(
        "AssumeRole",
        `<Credentials><AccessKeyId>${accessKeyId}</AccessKeyId>` +
          `<SecretAccessKey>${credentials.secretAccessKey}</SecretAccessKey>` +
          `<SessionToken>${credentials.sessionToken}</SessionToken>` +
          `<Expiration>${expiration}</Expiration></Credentials>` +
          `<AssumedRoleUser><AssumedRoleId>AROASANDBOX:${name}</AssumedRoleId>` +
          `<Arn>${credentials.arn}</Arn></AssumedRoleUser>` +
          (identity === null
            ? ""
            : `<SourceIdentity>${identity}</SourceIdentity>`),
      );
    }
    default:
      throw new ApiError(
        "InvalidAction",
        `Could not find operation ${form.get("Action")}`,
      );
  }
}

/** A refusal in the query protocol's XML. */
export function formatStsError(error: ApiError): string {
  return `<ErrorResponse xmlns="${namespace}"><Error><Type>Sender</Type>` +
    `<Code>${error.code}</Code><Message>${
      error.message.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    }</Message></Error></ErrorResponse>`;
}

const namespace = "https://sts.amazonaws.com/doc/2011-06-15/";

function wrap(action: string, result: string): string {
  return `<${action}Response xmlns="${namespace}"><${action}Result>${result}` +
    `</${action}Result><ResponseMetadata><RequestId>sandbox</RequestId>` +
    `</ResponseMetadata></${action}Response>`;
}
