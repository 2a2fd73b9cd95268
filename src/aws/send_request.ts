import {
  createHttpClientFinder,
  type HttpClientFinder,
} from "../create_http_client.ts";
import { messageOf, PortholeError } from "../errors.ts";
import { explainCertificateVariable } from "../explain_certificate.ts";
import { findProxy, nameProxy } from "../find_proxy.ts";
import { tellFetchFailure } from "../tell_fetch_failure.ts";
import { type ExchangeLimits, LIMITS, openExchanges } from "./exchange.ts";
import { type CaBundle, refuseBundle } from "./read_ca_bundle.ts";
import { isLoopback } from "../is_loopback.ts";

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

/**
 * A fetch for the SDK: Deno's own, through the proxy of the environment, with the certificates
 * of a bundle trusted as well, and plain HTTP only to this machine. An answer comes whole, and
 * within the limits of its exchange.
 *
 * It rejects with EndpointError, or with PortholeError when the bundle or a proxy's variable is damaged.
 */
export function createSender(
  bundle?: CaBundle,
  limits: ExchangeLimits = LIMITS,
  env: (name: string) => string | undefined = () => undefined,
): (request: Request) => Promise<Response> {
  const find = createHttpClientFinder(env, bundle ? [bundle.pem] : []);
  const findExchange = openExchanges(limits);
  return async (request) => {
    const url = new URL(request.url);
    if (url.protocol === "http:" && !isLoopback(url.hostname)) {
      throw new EndpointError("plain_http", url.origin, "it is not encrypted");
    }
    const client = findClient(url, find, bundle);
    const proxy = findProxy(url, env);
    const way = { url, client, proxy: proxy && nameProxy(proxy) };
    const attempt = findExchange(request).begin();
    try {
      const response = await fetchAnswer(
        request,
        way,
        AbortSignal.any([request.signal, attempt.signal]),
      );
      if (isRedirect(response)) {
        await response.body?.cancel();
        throw refuseOddity("a redirect", response, url);
      }
      const body = await readBody(response, way, attempt.count);
      const oddity = findOddity(response, body);
      if (oddity !== undefined) throw refuseOddity(oddity, response, url);
      return new Response(body, response);
    } catch (error) {
      if (request.signal.aborted) throw error;
      const broken = attempt.brokenLimit();
      if (broken === undefined) throw error;
      throw new EndpointError(
        broken.kind === "time" ? "timed_out" : "not_an_api",
        url.origin,
        broken.reason,
        // The SDK looks at causes too, and would try again what it finds there.
        { proxy: way.proxy },
      );
    } finally {
      attempt.end();
    }
  };
}

/** An API does not redirect. */
const isRedirect = ({ status }: Response) => status >= 300 && status < 400;

/** The error of an answer that no AWS API gives. */
function refuseOddity(
  oddity: string,
  { status }: Response,
  { origin }: URL,
): EndpointError {
  return new EndpointError(
    "not_an_api",
    origin,
    `${oddity}, status ${status}`,
    {
      // A load balancer or proxy says 502 to 504 in HTML for an API that is away for a moment.
      retryable: status >= 502 && status <= 504,
    },
  );
}

/**
 * What shows that an answer is not from an AWS API: those speak JSON or XML. Stand-ins for AWS, moto for one, may
 * call their JSON a page.
 */
function findOddity(
  { headers, status }: Response,
  body: Uint8Array | null,
): string | undefined {
  // An API that has nothing to say says {}: without a word a list would be taken for an empty one.
  if (status === 200 && body === null) return "an empty answer";
  const type = headers.get("content-type")?.split(";", 1)[0]?.trim()
    .toLowerCase();
  if (type === undefined || /json|xml|cbor/.test(type)) return undefined;
  if (body?.[0] === OPENING_BRACE) return undefined;
  return type === "text/html" ? "an HTML page" : `a document of type "${type}"`;
}

/** What a JSON answer begins with. */
const OPENING_BRACE = 0x7b;

const CHUNK_BYTES = 64 * 1024;

/** Where a request goes, and how. */
interface Way {
  readonly url: URL;
  readonly client: Deno.HttpClient | undefined;
  readonly proxy: string | undefined;
}

async function fetchAnswer(
  request: Request,
  { url, client, proxy }: Way,
  signal: AbortSignal,
): Promise<Response> {
  try {
    return await fetch(request, {
      signal,
      // A redirect would carry a signed request elsewhere.
      redirect: "manual",
      ...(client && { client }),
    });
  } catch (error) {
    const reason = tellFetchFailure(error);
    const ofDeno = explainCertificateVariable(reason);
    if (ofDeno !== undefined) throw ofDeno;
    throw new EndpointError("unreachable", url.origin, reason, {
      retryable:
        /reset|closed|broken pipe|incomplete|temporary failure|unexpected eof/i
          .test(reason),
      proxy,
      cause: error,
    });
  }
}

/** Reads an answer to its end; one that is cut in the middle is a broken connection. */
async function readBody(
  { body, status }: Response,
  { url, proxy }: Way,
  count: (bytes: number) => void,
): Promise<Uint8Array<ArrayBuffer> | null> {
  // Of each piece Deno keeps 64 KiB, however short it is: they are copied into one.
  let bytes = new Uint8Array(CHUNK_BYTES);
  let length = 0;
  try {
    for await (const chunk of body ?? []) {
      count(chunk.length);
      if (length + chunk.length > bytes.length) {
        const longer = new Uint8Array(2 * bytes.length + chunk.length);
        longer.set(bytes);
        bytes = longer;
      }
      bytes.set(chunk, length);
      length += chunk.length;
    }
  } catch (error) {
    const reason = tellFetchFailure(error);
    throw new EndpointError(
      "unreachable",
      url.origin,
      `its answer was cut off: ${reason}`,
      { retryable: true, proxy, cause: error },
    );
  }
  return length === 0 || status === 204 || status === 205
    ? null
    : bytes.subarray(0, length);
}

/** What else goes wrong in making a client is the bundle's fault. */
function findClient(
  url: URL,
  find: HttpClientFinder,
  bundle: CaBundle | undefined,
): Deno.HttpClient | undefined {
  try {
    return find(url);
  } catch (error) {
    if (error instanceof PortholeError) throw error;
    const ofDeno = explainCertificateVariable(messageOf(error));
    if (ofDeno !== undefined) throw ofDeno;
    if (bundle === undefined) throw error;
    throw refuseBundle(bundle, messageOf(error), error);
  }
}
