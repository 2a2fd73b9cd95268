import { PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import { tameText } from "./tame_text.ts";

/** What an error of the SDK may carry; none of it is certain. */
export interface SdkError {
  readonly name: string;
  readonly text: string;
  readonly status: number | undefined;
}

/** Explains credentials that are missing, expired or refused; undefined for any other error. */
export function explainCredentialsError(
  { name, text }: SdkError,
  cause: unknown,
  { profile, region }: {
    readonly profile?: string | undefined;
    readonly region?: string;
  },
): PortholeError | undefined {
  const login = `aws sso login${profile ? ` --profile ${profile}` : ""}`;
  if (/^(ExpiredToken(Exception)?|TokenRefreshRequired)$/.test(name)) {
    return new PortholeError(
      "expired_credentials",
      "Cannot use the AWS credentials: they have expired",
      {
        hint: `get new ones; with IAM Identity Center: ${login}`,
        cause,
      },
    );
  }
  if (
    /^(UnrecognizedClient(Exception)?|InvalidClientTokenId|InvalidAccessKeyId)$/
      .test(name)
  ) {
    return new PortholeError(
      "no_credentials",
      "Cannot use the AWS credentials: AWS does not know the access key or its session token",
      {
        hint:
          "check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN, or the profile's keys",
        cause,
      },
    );
  }
  if (isClockError(name, text)) {
    return new PortholeError(
      "aws_refused",
      "Cannot sign requests: this machine's clock is wrong",
      {
        hint: "set the clock; AWS takes signatures of the last five minutes",
        cause,
      },
    );
  }
  if (isRegionError(name, text)) {
    return new PortholeError(
      "aws_refused",
      `Cannot sign requests${
        region ? ` for region ${quoteValue(region)}` : ""
      }: the endpoint is another region's`,
      {
        hint:
          "name the endpoint's region with --region, or unset AWS_ENDPOINT_URL and the profile's endpoint_url",
        cause,
      },
    );
  }
  if (
    /^(InvalidSignature|IncompleteSignature|SignatureDoesNotMatch|MissingAuthenticationToken)(Exception)?$/
      .test(name)
  ) {
    // AWS's own text repeats the signed request, session token and all.
    return new PortholeError(
      "no_credentials",
      "Cannot use the AWS credentials: the secret key does not fit the access key",
      { hint: "check AWS_SECRET_ACCESS_KEY, or the profile's keys" },
    );
  }
  if (!/^(Credentials|Token)?ProviderError$/.test(name)) return undefined;

  if (/\bsso\b|session token not found or invalid/i.test(text)) {
    const whose = ` of profile "${profile ?? "default"}"`;
    return new PortholeError(
      "expired_credentials",
      `Cannot get AWS credentials: the IAM Identity Center session${whose} has expired`,
      { hint: `run: ${login}`, cause },
    );
  }
  if (/could not load credentials from any providers/i.test(text)) {
    return new PortholeError(
      "no_credentials",
      "Cannot find AWS credentials: there are none in the environment, the AWS profile, the container or the instance",
      {
        hint:
          "name a profile with --profile or AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        cause,
      },
    );
  }
  const missing = /could not resolve credentials using profile: \[(.*?)\]/i
    .exec(text)?.[1];
  if (missing !== undefined) {
    return new PortholeError(
      "no_credentials",
      `Cannot get AWS credentials: there is no profile "${
        tameText(missing)
      }" with credentials`,
      {
        hint: "see the profiles there are: aws configure list-profiles",
        cause,
      },
    );
  }
  if (/multi-factor authentication/i.test(text)) {
    return new PortholeError(
      "no_credentials",
      `Cannot get AWS credentials: profile "${
        profile ?? "default"
      }" asks for an MFA code`,
      {
        hint:
          `porthole does not ask for one; hand over a session: eval "$(aws configure export-credentials${
            profile ? ` --profile ${profile}` : ""
          } --format env)"`,
        cause,
      },
    );
  }
  return new PortholeError(
    "no_credentials",
    `Cannot get AWS credentials: ${tameText(text)}`,
    {
      hint: `see what the AWS CLI says: aws sts get-caller-identity${
        profile ? ` --profile ${profile}` : ""
      }`,
      cause,
    },
  );
}

function isClockError(name: string, text: string): boolean {
  return /^(RequestTimeTooSkewed|RequestInTheFuture|RequestExpired)$/.test(
    name,
  ) ||
    (name.startsWith("InvalidSignature") &&
      /signature (expired|not yet current)/i.test(text));
}

/** An endpoint of one region was handed to requests signed for another. */
function isRegionError(name: string, text: string): boolean {
  return name.startsWith("InvalidSignature") &&
    /scoped to a valid region/i.test(text);
}
