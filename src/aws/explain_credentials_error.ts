import type { AwsContext } from "./aws_context.ts";
import { PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";

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
  { renewal, region }: Pick<AwsContext, "renewal" | "region">,
): PortholeError | undefined {
  if (/^(ExpiredToken(Exception)?|TokenRefreshRequired)$/.test(name)) {
    return new PortholeError(
      "expired_credentials",
      "Cannot use the AWS credentials: they have expired",
      {
        hint: renewal ?? "get new ones",
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
      "Cannot use the AWS credentials: AWS does not recognize the access key or its session token",
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
        hint:
          "set the clock; AWS rejects signatures more than five minutes old",
        cause,
      },
    );
  }
  if (isRegionError(name, text)) {
    return new PortholeError(
      "aws_refused",
      `Cannot sign requests${
        region ? ` for region ${quoteValue(region)}` : ""
      }: the endpoint belongs to another region`,
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
      "Cannot use the AWS credentials: the secret key does not match the access key",
      { hint: "check AWS_SECRET_ACCESS_KEY, or the profile's keys" },
    );
  }
  return undefined;
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
