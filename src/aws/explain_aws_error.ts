import type { AwsContext } from "./aws_context.ts";
import { messageOf, PortholeError } from "../errors.ts";
import { explainDenial } from "./explain_denial.ts";
import {
  explainCredentialsError,
  type SdkError,
} from "./explain_credentials_error.ts";
import { explainEndpointError } from "./explain_endpoint_error.ts";
import { explainExecRefusal } from "./explain_exec_refusal.ts";
import { EndpointError } from "./send_request.ts";
import { isThrottling } from "./watch_calls.ts";
import { hideSecrets } from "./hide_secrets.ts";
import { tameText } from "./tame_text.ts";

/**
 * The one place that turns what a call to AWS rejected with, of the SDK or of the network, into an
 * error to show. Tokens, stream URLs and credentials never get into its texts.
 */
export function explainAwsError(
  error: unknown,
  context: AwsContext,
): PortholeError {
  if (error instanceof PortholeError) return error;
  if (error instanceof EndpointError) {
    return explainEndpointError(error, context.purpose);
  }
  const sdkError = readSdkError(error, context.secrets ?? []);
  return explainCredentialsError(sdkError, error, context) ??
    explainDenial(sdkError, context, error) ??
    explainNotFound(sdkError, error, context) ??
    (context.exec &&
      explainExecRefusal(sdkError.name, sdkError.text, context.exec, error)) ??
    explainRest(sdkError, error, context);
}

function readSdkError(
  error: unknown,
  secrets: readonly string[],
): SdkError {
  const { name, $metadata } = (error ?? {}) as {
    name?: unknown;
    $metadata?: { httpStatusCode?: number };
  };
  return {
    name: typeof name === "string" ? name : "",
    text: hideSecrets(messageOf(error), secrets),
    status: $metadata?.httpStatusCode,
  };
}

function explainNotFound(
  { name, text }: SdkError,
  cause: unknown,
  { doing, cluster, service, region, logGroup }: AwsContext,
): PortholeError | undefined {
  if (name === "ResourceNotFoundException" && logGroup !== undefined) {
    return new PortholeError(
      "log_group_not_found",
      {
        cannot: doing,
        because: `there is no such log group in region "${region ?? "?"}"`,
      },
      {
        hint:
          "the container's log options name it; it may have been deleted, or belong to another account",
        cause,
      },
    );
  }
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
    isThrottling({ name, $metadata: { httpStatusCode: status } })
  ) {
    return new PortholeError(
      "throttled",
      { cannot: doing, because: "AWS is throttling requests" },
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
      { cannot: doing, because: "no region is set" },
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
      {
        cannot: doing,
        because: `the response did not come from an AWS API${seen}`,
      },
      { hint: "check AWS_ENDPOINT_URL and HTTPS_PROXY", cause },
    );
  }
  if (cause instanceof TypeError && /header/i.test(text)) {
    // The runtime's text shows the header whole, which may be the one with the signature or the token.
    return new PortholeError(
      "aws_refused",
      {
        cannot: doing,
        because: "a part of the request cannot be sent in a header",
      },
      {
        hint:
          "look for line breaks and other control characters in AWS's variables and files",
      },
    );
  }
  const said = name && name !== "Error" && !text.startsWith(name)
    ? `${name}: ${text}`
    : text;
  return new PortholeError(
    "aws_refused",
    { cannot: doing, because: tameText(said) },
    { cause },
  );
}
