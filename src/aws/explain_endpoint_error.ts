import { PortholeError } from "../errors.ts";
import { adviseOnConnection } from "../explain_certificate.ts";
import type { EndpointError } from "./send_request.ts";
import { tameText } from "./tame_text.ts";

/**
 * Explains a request that no AWS API answered. `purpose` completes "Cannot …" where the endpoint
 * alone does not show what was asked for.
 */
export function explainEndpointError(
  error: EndpointError,
  purpose?: string,
): PortholeError {
  const { endpoint, message: reason, proxy } = error;
  const cannot = purpose === undefined ? "Cannot" : `Cannot ${purpose}: cannot`;
  switch (error.kind) {
    case "plain_http":
      return new PortholeError(
        "unreachable",
        `${cannot} use the endpoint "${endpoint}": ${reason}, and it is not on this machine`,
        {
          hint:
            "use an https:// address in AWS_ENDPOINT_URL or the profile's endpoint_url",
        },
      );
    case "not_an_api":
      return new PortholeError(
        "unreachable",
        `${cannot} use the endpoint "${endpoint}": its response did not come from an AWS API (${reason})`,
        {
          hint:
            "check AWS_ENDPOINT_URL and HTTPS_PROXY; a captive portal gives the same answer",
        },
      );
    case "timed_out":
    case "unreachable":
      return new PortholeError(
        "unreachable",
        `${cannot} reach "${endpoint}"${
          proxy === undefined ? "" : ` through ${proxy}`
        }: ${tameText(reason)}`,
        {
          hint: networkHint(error),
          cause: error,
        },
      );
  }
}

function networkHint(
  { kind, endpoint, message: reason, proxy }: EndpointError,
): string {
  const known = adviseOnConnection(reason);
  if (known !== undefined) return known;
  if (/InvalidContentType|corrupt message/i.test(reason)) {
    return proxy?.includes(" https:")
      ? "it or the proxy does not use TLS: check HTTPS_PROXY and AWS_ENDPOINT_URL"
      : "it does not use TLS: check the https:// in AWS_ENDPOINT_URL";
  }
  if (/proxy auth|authentication/i.test(reason)) {
    return "the proxy requires a user and password: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT";
  }
  if (proxy !== undefined) return "check HTTPS_PROXY and NO_PROXY";
  if (/dns error/i.test(reason)) {
    return "check the region's name, the network and HTTPS_PROXY";
  }
  // Silence, rather than a refusal, is what a subnet without a way out answers with.
  const [, service, region] =
    /^https:\/\/([\w-]+)\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com/
      .exec(endpoint) ?? [];
  if (kind === "timed_out" && service !== undefined) {
    return `check the network and HTTPS_PROXY; a private subnet needs a NAT gateway or the interface endpoint com.amazonaws.${region}.${service}`;
  }
  return "check the network, HTTPS_PROXY and AWS_ENDPOINT_URL";
}
