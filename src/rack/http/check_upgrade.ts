import { BadRequest, type RequestHead } from "./parse_head.ts";

/** An upgrade to a WebSocket. */
export interface UpgradeRequest {
  readonly key: string;
  /** The subprotocols that are offered. */
  readonly protocols: readonly string[];
}

/** 16 bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/;
const PROTOCOL = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;

/**
 * Reads an upgrade to a WebSocket (RFC 6455, section 4.2.1); undefined where none is asked for.
 *
 * A browser names the page that opens it in Origin: only pages of this very host may.
 *
 * @throws BadRequest
 */
export function checkUpgrade(
  { method, headers, bodyLength }: RequestHead,
): UpgradeRequest | undefined {
  const upgrade = headers.get("upgrade");
  if (upgrade === undefined) return undefined;
  const connection = headers.get("connection") ?? "";
  const asks = connection.split(",").some((word) =>
    word.trim().toLowerCase() === "upgrade"
  );
  if (method !== "GET" || bodyLength > 0 || !asks) {
    throw new BadRequest(400, "the upgrade is malformed");
  }
  if (upgrade.toLowerCase() !== "websocket") {
    throw new BadRequest(400, "the upgrade is not to a WebSocket");
  }
  if (headers.get("sec-websocket-version") !== "13") {
    throw new BadRequest(400, "the version of the WebSocket is not 13");
  }
  const key = headers.get("sec-websocket-key") ?? "";
  if (!KEY.test(key)) {
    throw new BadRequest(400, "the key of the WebSocket is malformed");
  }
  const offered = headers.get("sec-websocket-protocol");
  const protocols = offered === undefined
    ? []
    : offered.split(",").map((name) => name.trim());
  if (!protocols.every((name) => PROTOCOL.test(name))) {
    throw new BadRequest(400, "the protocol of the WebSocket is malformed");
  }
  const origin = headers.get("origin");
  if (origin !== undefined && !isOwnOrigin(origin, headers.get("host") ?? "")) {
    throw new BadRequest(400, "the upgrade is for a page of another origin");
  }
  return { key, protocols };
}

/** Whether the origin's host is the one asked for, without case; a port that is the scheme's own may be left out. */
function isOwnOrigin(origin: string, host: string): boolean {
  const [, scheme, authority] = /^(https?):\/\/([^/?#@\s]+)$/i.exec(origin) ??
    [];
  if (scheme === undefined || authority === undefined) return false;
  const port = scheme.toLowerCase() === "https" ? ":443" : ":80";
  const plain = (name: string) => {
    const lower = name.toLowerCase();
    return lower.endsWith(port) ? lower.slice(0, -port.length) : lower;
  };
  return plain(authority) === plain(host);
}
