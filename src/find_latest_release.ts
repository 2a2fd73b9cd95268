import { PortholeError } from "./errors.ts";
import { tellFetchFailure } from "./tell_fetch_failure.ts";
import { compareVersions } from "./compare_versions.ts";

/** A version that is published, and the page to get it from. */
export interface Release {
  readonly version: string;
  readonly url: string;
}

/** What the request needs. */
export interface ReleaseSource {
  /** `OWNER/NAME` on GitHub. */
  readonly repository: string;
  /** For the `User-Agent`, which GitHub requires. */
  readonly version: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** How long the whole answer may take. */
  readonly timeoutMs: number;
}

/** Placeholder owner of builds made without a repository. */
const NOBODY = "OWNER/";
const HOST = "api.github.com";
/** Far more than any release's notes. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * Asks for the newest release that is neither a draft nor a pre-release, with one request: GitHub's
 * "Get the latest release" (REST API, version 2022-11-28). Redirects are not followed.
 *
 * @throws {PortholeError} update_unknown when no such answer comes.
 */
export async function findLatestRelease(
  source: ReleaseSource,
): Promise<Release> {
  const { repository } = source;
  if (repository.startsWith(NOBODY)) {
    throw cannotCheck(
      "this build has no repository set",
      "check where you downloaded it",
    );
  }
  const response = await ask(source);
  try {
    if (!response.ok) throw refusal(response, repository);
    const tag = readTag(await readAnswer(response));
    const version = /^v?(\d+\.\d+\.\d+(?:-[\w.-]+)?)$/.exec(tag ?? "")?.[1];
    if (version === undefined) {
      throw cannotCheck(`the answer of ${HOST} names no version`, NETWORK_HINT);
    }
    const url = `https://github.com/${repository}/releases/tag/${tag}`;
    return { version, url };
  } catch (error) {
    if (error instanceof PortholeError) throw error;
    throw explainFailure(error, source.timeoutMs);
  } finally {
    await response.body?.cancel().catch(() => {});
  }
}

/**
 * Whether `version` is to be offered to those who have `current`, both as `1.2.3` or `1.2.3-rc.1`:
 * it comes after it (Semantic Versioning 2.0.0, "Precedence") and is not a pre-release.
 */
export function isUpdate(version: string, current: string): boolean {
  if (version.includes("-")) return false;
  const [ours = "", preRelease] = current.split("-");
  const order = compareVersions(version, ours);
  return order > 0 || (order === 0 && preRelease !== undefined);
}

async function ask(
  { repository, version, fetch, timeoutMs }: ReleaseSource,
): Promise<Response> {
  try {
    return await fetch(
      `https://${HOST}/repos/${repository}/releases/latest`,
      {
        headers: {
          accept: "application/vnd.github+json",
          "user-agent": `porthole/${version}`,
          "x-github-api-version": "2022-11-28",
        },
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMs),
      },
    );
  } catch (error) {
    throw explainFailure(error, timeoutMs);
  }
}

/** Reads an answer to its end, but no endless one. */
async function readAnswer(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) return "";
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

function readTag(answer: string): string | undefined {
  try {
    const tag: unknown = JSON.parse(answer)?.tag_name;
    return typeof tag === "string" ? tag : undefined;
  } catch {
    return undefined;
  }
}

const NETWORK_HINT = "check the network, HTTPS_PROXY and NO_PROXY";

/** The limit on requests without a token, and how GitHub reports it: "Rate limits for the REST API". */
function refusal({ status, headers }: Response, repository: string) {
  if (status === 404) {
    return cannotCheck(`${repository} has published no version`);
  }
  if (status >= 300 && status < 400) {
    return cannotCheck(`${repository} has moved (status ${status})`);
  }
  if (
    status === 429 ||
    (status === 403 && headers.get("x-ratelimit-remaining") === "0")
  ) {
    const reset = Number(headers.get("x-ratelimit-reset")) * 1000;
    return cannotCheck(
      `${HOST} accepts no more requests from this network for now`,
      reset > 0 && reset < MAX_TIME_MS
        ? `try again after ${new Date(reset).toISOString()}`
        : "try again later",
    );
  }
  return cannotCheck(`${HOST} answers with status ${status}`, NETWORK_HINT);
}

/** The last time a Date can hold (ECMA-262, "Time Values and Time Range"). */
const MAX_TIME_MS = 8.64e15;

function explainFailure(error: unknown, timeoutMs: number): PortholeError {
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return cannotCheck(
      `${HOST} did not answer within ${timeoutMs / 1000} s`,
      NETWORK_HINT,
      error,
    );
  }
  const reason = tellFetchFailure(error).replaceAll(/\p{Cc}+/gu, " ");
  return cannotCheck(
    `${HOST} cannot be reached: ${reason}`,
    /certificate|UnknownIssuer/i.test(reason)
      ? "if your company's proxy answers in its place, name its certificates with " +
        "DENO_CERT, or take the system's with DENO_TLS_CA_STORE=system"
      : NETWORK_HINT,
    error,
  );
}

function cannotCheck(reason: string, hint?: string, cause?: unknown) {
  return new PortholeError(
    "update_unknown",
    `Cannot check for a newer version: ${reason}`,
    { hint, cause },
  );
}
