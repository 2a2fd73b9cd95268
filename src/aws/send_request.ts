import {
  createHttpClientFinder,
  type HttpClientFinder,
} from "../create_http_client.ts";
import { messageOf, PortholeError } from "../errors.ts";
import { findProxy, nameProxy } from "../find_proxy.ts";
import { tellFetchFailure } from "../tell_fetch_failure.ts";
import { refuseBundle } from "./read_ca_bundle.ts";

/** A request that got no answer an AWS API could have given. */
export class EndpointError extends Error {
  override readonly name = "EndpointError";
  /** The SDK sends the request again when this is set. */
  readonly $retryable: { readonly throttling: boolean } | undefined;
  /** What was gone through: `the proxy http://p:3128 (HTTPS_PROXY)`. */
  readonly proxy: string | undefined;

  constructor(
    readonly kind: "unreachable" | "timed_out" | "not_an_api" | "plain_http",
    /** Scheme, host and port. */
    readonly endpoint: string,
    reason: string,
    details: {
      readonly retryable?: boolean;
      readonly proxy?: string | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    super(reason, { cause: details.cause });
    this.proxy = details.proxy;
    if (details.retryable) this.$retryable = { throttling: false };
  }
}

/** How long an endpoint may keep silent before a request counts as lost. */
const ANSWER_TIMEOUT_MS = 20_000;

/**
 * A fetch for the SDK: Deno's own, through the proxy of the environment, with the certificates
 * of AWS_CA_BUNDLE trusted as well, and plain HTTP only to this machine.
 *
 * It rejects with EndpointError, or with PortholeError when the bundle or a proxy's variable is damaged.
 */
export function createSender(
  bundle?: { readonly path: string; readonly pem: string },
  timeoutMs: number = ANSWER_TIMEOUT_MS,
  env: (name: string) => string | undefined = () => undefined,
): (request: Request) => Promise<Response> {
  const find = createHttpClientFinder(env, bundle ? [bundle.pem] : []);
  return async (request) => {
    const url = new URL(request.url);
    if (url.protocol === "http:" && !isLoopback(url.hostname)) {
      throw new EndpointError("plain_http", url.origin, "it is not encrypted");
    }
    const proxy = findProxy(url, env);
    const response = await fetchWithin(timeoutMs, request, {
      url,
      client: findClient(url, find, bundle?.path),
      proxy: proxy && nameProxy(proxy),
    });
    const oddity = findOddity(response);
    if (oddity === undefined) return response;
    await response.body?.cancel();
    throw new EndpointError(
      "not_an_api",
      url.origin,
      `${oddity}, status ${response.status}`,
      {
        // A load balancer or proxy says 502 to 504 in HTML for an API that is away for a moment.
        retryable: response.status >= 502 && response.status <= 504,
      },
    );
  };
}

/** What tells that no AWS API gave this answer: they speak JSON or XML, and never redirect. */
function findOddity({ status, headers }: Response): string | undefined {
  if (status >= 300 && status < 400) return "a redirect";
  const type = headers.get("content-type")?.split(";", 1)[0]?.trim()
    .toLowerCase();
  if (type === undefined || /json|xml|cbor/.test(type)) return undefined;
  return type === "text/html" ? "an HTML page" : `a document of type "${type}"`;
}

async function fetchWithin(
  timeoutMs: number,
  request: Request,
  { url, client, proxy }: {
    readonly url: URL;
    readonly client: Deno.HttpClient | undefined;
    readonly proxy: string | undefined;
  },
): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  try {
    return await fetch(request, {
      signal: AbortSignal.any([request.signal, late.signal]),
      // An API does not redirect, and a redirect would carry a signed request elsewhere.
      redirect: "manual",
      ...(client && { client }),
    });
  } catch (error) {
    if (request.signal.aborted) throw error;
    if (late.signal.aborted) {
      throw new EndpointError(
        "timed_out",
        url.origin,
        `no answer within ${timeoutMs / 1000} s`,
        { proxy, cause: error },
      );
    }
    const reason = tellFetchFailure(error);
    throw new EndpointError("unreachable", url.origin, reason, {
      retryable: /reset|closed|broken pipe|incomplete|temporary failure/i.test(
        reason,
      ),
      proxy,
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** What else goes wrong in making a client is the bundle's fault. */
function findClient(
  url: URL,
  find: HttpClientFinder,
  bundle: string | undefined,
): Deno.HttpClient | undefined {
  try {
    return find(url);
  } catch (error) {
    if (error instanceof PortholeError || bundle === undefined) throw error;
    throw refuseBundle(bundle, messageOf(error), error);
  }
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" ||
    /^127(\.\d+){3}$/.test(hostname);
}
