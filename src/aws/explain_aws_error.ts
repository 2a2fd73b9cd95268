import { messageOf, PortholeError } from "../errors.ts";
import { type ExecFacts, explainExecRefusal } from "./explain_exec_refusal.ts";
import { EndpointError } from "./send_request.ts";
import { tameText } from "./tame_text.ts";

/** What was being done when AWS refused. */
export interface AwsContext {
  /** Completes "Cannot …". */
  readonly doing: string;
  /** The IAM action, for refusals that do not name it: `ecs:ListTasks`. */
  readonly action?: string;
  readonly region?: string;
  readonly profile?: string | undefined;
  readonly cluster?: string;
  readonly service?: string;
  /** For ExecuteCommand: what DescribeTasks said about its target. */
  readonly exec?: ExecFacts;
}

/** What an error of the SDK may carry; none of it is certain. */
interface SdkError {
  readonly name: string;
  readonly text: string;
  readonly status: number | undefined;
}

/**
 * The one place that turns what a call to AWS rejected with, of the SDK or of the network, into an
 * error to show. Tokens, stream URLs and credentials never get into its texts.
 */
export function explainAwsError(
  error: unknown,
  context: AwsContext,
): PortholeError {
  if (error instanceof PortholeError) return error;
  if (error instanceof EndpointError) return explainEndpoint(error);
  const sdkError = readSdkError(error);
  return explainCredentials(sdkError, error, context) ??
    explainDenial(sdkError, error, context) ??
    explainNotFound(sdkError, error, context) ??
    (context.exec &&
      explainExecRefusal(sdkError.name, sdkError.text, context.exec, error)) ??
    explainRest(sdkError, error, context);
}

function readSdkError(error: unknown): SdkError {
  const { name, $metadata } = (error ?? {}) as {
    name?: unknown;
    $metadata?: { httpStatusCode?: number };
  };
  return {
    name: typeof name === "string" ? name : "",
    text: messageOf(error),
    status: $metadata?.httpStatusCode,
  };
}

function explainEndpoint(error: EndpointError): PortholeError {
  const { endpoint, message: reason } = error;
  switch (error.kind) {
    case "plain_http":
      return new PortholeError(
        "unreachable",
        `Cannot use the endpoint "${endpoint}": ${reason}, and it is not on this machine`,
        {
          hint:
            "use an https:// address in AWS_ENDPOINT_URL or the profile's endpoint_url",
        },
      );
    case "not_an_api":
      return new PortholeError(
        "unreachable",
        `Cannot use the endpoint "${endpoint}": its answer is not an AWS API's (${reason})`,
        {
          hint:
            "check AWS_ENDPOINT_URL and HTTPS_PROXY; a login page of the network answers so too",
        },
      );
    case "timed_out":
    case "unreachable":
      return new PortholeError(
        "unreachable",
        `Cannot reach "${endpoint}": ${tameText(reason)}`,
        {
          hint: networkHint(reason),
          cause: error,
        },
      );
  }
}

function networkHint(reason: string): string {
  if (/certificate|UnknownIssuer/i.test(reason)) {
    return "if your company's proxy answers in AWS's place, name its certificates with AWS_CA_BUNDLE";
  }
  if (/InvalidContentType|corrupt message/i.test(reason)) {
    return "it does not speak TLS: check the https:// in AWS_ENDPOINT_URL";
  }
  if (/proxy|tunnel/i.test(reason)) return "check HTTPS_PROXY and NO_PROXY";
  if (/dns error/i.test(reason)) {
    return "check the region's name, the network and HTTPS_PROXY";
  }
  return "check the network, HTTPS_PROXY and AWS_ENDPOINT_URL";
}

function explainCredentials(
  { name, text }: SdkError,
  cause: unknown,
  { profile }: AwsContext,
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
    const whose = profile ? ` of profile "${profile}"` : "";
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
          "get a session with the AWS CLI first (aws sts get-session-token) and export it",
        cause,
      },
    );
  }
  return new PortholeError(
    "no_credentials",
    `Cannot get AWS credentials: ${tameText(text)}`,
    {
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

function explainDenial(
  { name, text }: SdkError,
  cause: unknown,
  { doing, action }: AwsContext,
): PortholeError | undefined {
  if (
    !/^(AccessDenied(Exception)?|UnauthorizedOperation|NotAuthorized(Exception)?)$/
      .test(name)
  ) {
    return undefined;
  }
  const who = /\b(?:User|Principal): (\S+)/.exec(text)?.[1] ?? "your identity";
  const what = /not authorized to perform:? ([\w-]+:\w+)/.exec(text)?.[1] ??
    action;
  const where = /on resource: (\S+)/.exec(text)?.[1];
  if (what === undefined) {
    return new PortholeError(
      "access_denied",
      `Cannot ${doing}: ${tameText(text)}`,
      { cause },
    );
  }
  const denier = /explicit deny in an? ([\w -]+?policy)/.exec(text)?.[1];
  return new PortholeError(
    "access_denied",
    tameText(
      `Cannot ${doing}: ${who} is not allowed ${what}${
        where ? ` on ${where}` : ""
      }`,
    ),
    {
      hint: denier
        ? `a ${denier} denies ${what}; allowing it elsewhere will not help`
        : `allow ${what}${
          where ? ` on ${where}` : ""
        } in an IAM policy of that identity`,
      cause,
    },
  );
}

function explainNotFound(
  { name, text }: SdkError,
  cause: unknown,
  { cluster, service, region }: AwsContext,
): PortholeError | undefined {
  if (name === "ClusterNotFoundException" || /^cluster not found/i.test(text)) {
    return new PortholeError(
      "cluster_not_found",
      `Cannot find cluster "${cluster ?? "default"}" in region "${
        region ?? "?"
      }"`,
      { cause },
    );
  }
  if (
    /^Service(NotFound|NotActive)Exception$/.test(name) && service !== undefined
  ) {
    return new PortholeError(
      "service_not_found",
      `Cannot find service "${service}" in cluster "${cluster ?? "default"}" (${
        region ?? "?"
      })`,
      { cause },
    );
  }
  return undefined;
}

function explainRest(
  { name, text, status }: SdkError,
  cause: unknown,
  { doing }: AwsContext,
): PortholeError {
  if (
    status === 429 ||
    /thrott|TooManyRequests|RequestLimitExceeded|SlowDown/i.test(name)
  ) {
    return new PortholeError(
      "throttled",
      `Cannot ${doing}: AWS says there are too many requests`,
      {
        hint:
          "try again in a minute; AWS_MAX_ATTEMPTS raises the number of attempts",
        cause,
      },
    );
  }
  if (/region is missing/i.test(text)) {
    return new PortholeError(
      "no_region",
      `Cannot ${doing}: no region is known`,
      {
        hint: "name one with --region or AWS_REGION",
        cause,
      },
    );
  }
  if (
    /deserialization error/i.test(text) || cause instanceof SyntaxError ||
    name === "Unknown"
  ) {
    const seen = status === undefined ? "" : ` (status ${status})`;
    return new PortholeError(
      "unreachable",
      `Cannot ${doing}: the answer is not an AWS API's${seen}`,
      { hint: "check AWS_ENDPOINT_URL and HTTPS_PROXY", cause },
    );
  }
  const said = name && name !== "Error" && !text.startsWith(name)
    ? `${name}: ${text}`
    : text;
  return new PortholeError(
    "aws_refused",
    `Cannot ${doing}: ${tameText(said)}`,
    { cause },
  );
}
