/** A request that is not HTTP as this server takes it; the message says why, without a byte of what was sent. */
export class BadRequest extends Error {
  override readonly name = "BadRequest";

  constructor(
    readonly status: 400 | 408 | 413 | 431 | 501 | 505,
    message: string,
  ) {
    super(message);
  }
}

/** The head of a request. */
export interface RequestHead {
  readonly method: string;
  /** Begins with a slash. */
  readonly path: string;
  /** What stands behind the first `?`; undefined where there is none. */
  readonly query: string | undefined;
  /** By lower-case name; each byte of a value is one character (latin1). */
  readonly headers: ReadonlyMap<string, string>;
  /** How long the body is. */
  readonly bodyLength: number;
}

/** A head, and how many bytes it took; or from where to look on when more has come. */
export type ParsedHead =
  | { readonly kind: "head"; readonly head: RequestHead; readonly size: number }
  | { readonly kind: "more"; readonly from: number };

export const LONGEST_HEAD = 32 * 1024;
export const LONGEST_BODY = 64 * 1024;
const MOST_HEADERS = 100;

const CR = 0x0d;
const LF = 0x0a;

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110, section 5.5: visible characters, spaces and tabs, and what is beyond ASCII. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const METHOD = /^[A-Z]{1,16}$/;
/** No absolute form, no fragment, no byte that has to be encoded. */
const TARGET = /^\/[\x21\x22\x24-\x7e]*$/;
const HOST =
  /^(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,64}\])(?::[0-9]{1,5})?$/;

/** Names that may stand in several lines, which are then one list (RFC 9110, section 5.3). */
const LISTS: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "cache-control",
  "forwarded",
  "sec-websocket-extensions",
  "via",
  "x-forwarded-for",
]);

/**
 * Reads the head at the start of `bytes`. Lines end with CR LF alone, and what two readers could understand
 * differently is refused: a server in front may be the other one. `from` is what an earlier call with fewer bytes
 * has told: a head that comes byte by byte is looked through once.
 *
 * @throws BadRequest
 */
export function parseHead(bytes: Uint8Array, from = 0): ParsedHead {
  const { end, next } = findEnd(bytes, from);
  if (end === undefined) {
    if (bytes.length >= LONGEST_HEAD) {
      throw new BadRequest(431, "the head is longer than 32 KiB");
    }
    return { kind: "more", from: next };
  }
  // A TextDecoder has other characters at 80 to 9f.
  const [first = "", ...lines] = toText(bytes.subarray(0, end)).split("\r\n");
  const { method, path, query } = parseRequestLine(first);
  const headers = parseHeaders(lines);
  return {
    kind: "head",
    head: {
      method,
      path,
      query,
      headers,
      bodyLength: readBodyLength(method, headers),
    },
    size: end + 4,
  };
}

/** Where the empty line begins, or where to look on; it throws at the first line that does not end as it should. */
function findEnd(
  bytes: Uint8Array,
  from: number,
): { readonly end?: number; readonly next: number } {
  const limit = Math.min(bytes.length, LONGEST_HEAD);
  let at = from;
  for (; at < limit; at++) {
    const byte = bytes[at];
    if (byte === LF) throw new BadRequest(400, "a line ends without CR");
    if (byte !== CR) continue;
    if (at + 1 < limit && bytes[at + 1] !== LF) {
      throw new BadRequest(400, "a CR stands without its LF");
    }
    if (at + 4 > limit) break;
    if (bytes[at + 2] === CR && bytes[at + 3] === LF) {
      return { end: at, next: at };
    }
    at++;
  }
  return { next: at };
}

function toText(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return text;
}

function parseRequestLine(
  line: string,
): Pick<RequestHead, "method" | "path" | "query"> {
  const parts = line.split(" ");
  const [method = "", target = "", version = ""] = parts;
  if (parts.length !== 3 || !METHOD.test(method)) {
    throw new BadRequest(400, "the request line is malformed");
  }
  if (version !== "HTTP/1.1") {
    throw new BadRequest(
      /^HTTP\/\d\.\d$/.test(version) ? 505 : 400,
      "the version is not HTTP/1.1",
    );
  }
  if (!TARGET.test(target)) {
    throw new BadRequest(400, "the request's target is not a path");
  }
  const mark = target.indexOf("?");
  return mark < 0
    ? { method, path: target, query: undefined }
    : { method, path: target.slice(0, mark), query: target.slice(mark + 1) };
}

function parseHeaders(lines: readonly string[]): Map<string, string> {
  if (lines.length > MOST_HEADERS) {
    throw new BadRequest(431, "there are more than 100 headers");
  }
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0));
    // A line that begins with a space would continue the one before it (obs-fold).
    if (!TOKEN.test(name)) throw new BadRequest(400, "a header has no name");
    const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "");
    if (!VALUE.test(value)) {
      throw new BadRequest(400, "a header holds a control character");
    }
    const key = name.toLowerCase();
    const before = headers.get(key);
    if (before !== undefined && !LISTS.has(key)) {
      throw new BadRequest(400, "a header stands there twice");
    }
    headers.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  const host = headers.get("host");
  if (host === undefined || !HOST.test(host)) {
    throw new BadRequest(400, "the host is missing or malformed");
  }
  return headers;
}

function readBodyLength(
  method: string,
  headers: ReadonlyMap<string, string>,
): number {
  if (headers.has("transfer-encoding")) {
    throw new BadRequest(501, "a transfer encoding is not supported");
  }
  const length = headers.get("content-length");
  if (length === undefined) return 0;
  if (!/^(0|[1-9][0-9]{0,9})$/.test(length)) {
    throw new BadRequest(400, "the content length is not a number");
  }
  const count = Number(length);
  if (count > LONGEST_BODY) {
    throw new BadRequest(413, "the body is longer than 64 KiB");
  }
  if (count > 0 && method !== "POST" && method !== "PUT") {
    throw new BadRequest(400, "a body is only for POST and PUT");
  }
  return count;
}

/** The text of a header whose bytes are UTF-8, as Convox's command lines send them. */
export function decodeHeader(value: string): string {
  return new TextDecoder().decode(
    Uint8Array.from(value, (character) => character.charCodeAt(0)),
  );
}
