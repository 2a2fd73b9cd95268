import { present } from "../present.ts";
import { messageOf, PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import { explainAwsError } from "./explain_aws_error.ts";

/** Whose credentials were asked for, and of whom. */
export interface SourceContext {
  /** Undefined where no profile says so. */
  readonly profile?: string | undefined;
  /** `IAM Identity Center`, `STS`. */
  readonly from: string;
  readonly region?: string;
}

/** Explains what came of a request for credentials: it names the profile and who was asked. */
export function explainSourceError(
  error: unknown,
  { profile, from, region }: SourceContext,
): PortholeError {
  const whose = profile === undefined
    ? ""
    : ` of profile ${quoteValue(profile)}`;
  const doing = `get AWS credentials${whose} from ${from}`;
  return explainAwsError(error, {
    doing,
    purpose: doing,
    profile,
    ...present({ region }),
  });
}

/** The same for a step that is not a request. */
export function refuseSource(
  { profile, from }: SourceContext,
  because: string,
  { hint, cause }: { readonly hint?: string; readonly cause?: unknown } = {},
): PortholeError {
  const whose = profile === undefined
    ? ""
    : ` of profile ${quoteValue(profile)}`;
  return new PortholeError(
    "no_credentials",
    `Cannot get AWS credentials${whose} from ${from}: ${because}`,
    { hint, cause },
  );
}

/** Why a file cannot be read, in a few words. */
export function tellReadFailure(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied) {
    return "its permissions do not allow it";
  }
  return messageOf(error).replace(/ \(os error \d+\).*$/, "");
}
