import { BlockList, isIP, isIPv4 } from "node:net";
import { PortholeError } from "./errors.ts";

/** A proxy to go through, by the variable that names it. */
export interface Proxy {
  /** How it is spoken to: CONNECT in plain text, CONNECT within TLS, or RFC 1928. */
  readonly kind: "http" | "https" | "socks5";
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly credentials?: {
    readonly username: string;
    readonly password: string;
  };
  /** Scheme, host and port: what may be shown. */
  readonly address: string;
  /** HTTPS_PROXY or ALL_PROXY. */
  readonly variable: string;
}

type Env = (name: string) => string | undefined;

/** The variables that name proxies and hosts to go to directly; each is read in lower case too. */
export const PROXY_VARIABLES = [
  "HTTPS_PROXY",
  "HTTP_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
] as const;

const KINDS: Readonly<
  Record<string, { readonly kind: Proxy["kind"]; readonly port: number }>
> = {
  "http:": { kind: "http", port: 80 },
  "https:": { kind: "https", port: 443 },
  "socks5:": { kind: "socks5", port: 1080 },
  "socks5h:": { kind: "socks5", port: 1080 },
};

/**
 * The proxy that a request or a WebSocket to `url` goes through; undefined for none.
 *
 * HTTPS_PROXY, else ALL_PROXY, names it. NO_PROXY lists what is gone to directly: hosts, domains (with
 * `.` or `*.` before them, or neither), IP addresses and their ranges (`10.0.0.0/8`), each with `:port`
 * or without, and `*` for everything. What is not encrypted stays on this machine, and so has no proxy.
 *
 * @throws {PortholeError} config_invalid when the variable names no proxy that can be used.
 */
export function findProxy(url: URL, env: Env): Proxy | undefined {
  if (url.protocol !== "https:" && url.protocol !== "wss:") return undefined;
  const read = (name: string) =>
    (env(name) || env(name.toLowerCase()) || "").trim();
  const variable = read("HTTPS_PROXY") === "" ? "ALL_PROXY" : "HTTPS_PROXY";
  const text = read(variable);
  if (text === "" || isExempt(url, read("NO_PROXY"))) return undefined;
  return readProxy(text, variable);
}

/**
 * Refuses a proxy that a session could not go through, before anything is started.
 *
 * @throws {PortholeError} config_invalid
 */
export function checkSessionProxy(region: string, env: Env): void {
  const domain = `amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
  findProxy(new URL(`wss://ssmmessages.${region}.${domain}/`), env);
}

/** Writes a proxy into an error: without its user and password. */
export function nameProxy({ address, variable }: Proxy): string {
  return `the proxy ${address} (${variable})`;
}

/** Its value may hold a password: the variable is named, and its value not shown. */
function readProxy(text: string, variable: string): Proxy {
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  const scheme = KINDS[url?.protocol ?? ""];
  if (url === null || url.hostname === "" || url.port === "0") {
    throw refuse(variable, "its value is not a valid proxy URL");
  }
  if (scheme === undefined) {
    throw refuse(
      variable,
      `it names a proxy of the kind "${url.protocol}//", and only http://, https://, socks5:// and socks5h:// are supported`,
    );
  }
  const { kind } = scheme;
  const port = Number(url.port || scheme.port);
  const username = decode(url.username);
  const password = decode(url.password);
  return {
    kind,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port,
    ...(username === "" && password === ""
      ? {}
      : { credentials: { username, password } }),
    address: `${kind}://${url.hostname}:${port}`,
    variable,
  };
}

function refuse(variable: string, reason: string): PortholeError {
  return new PortholeError(
    "config_invalid",
    `Cannot use ${variable}: ${reason}`,
    {
      hint: `write it as http://proxy.example.com:3128, or unset ${variable}`,
    },
  );
}

/** As curl does: a percent sign that begins no escape stands for itself. */
function decode(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}

function isExempt(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$|\.$/g, "").toLowerCase();
  const port = url.port || "443";
  return noProxy.toLowerCase().split(/[\s,]+/).filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      const { name, port: onlyPort } = splitPort(entry);
      return (onlyPort === undefined || onlyPort === port) &&
        matches(host, name);
    });
}

/** An IPv6 address stands with brackets or without: without, its last part is no port. */
function splitPort(
  entry: string,
): { readonly name: string; readonly port?: string | undefined } {
  if (isIP(entry.replace(/\/\d+$/, "")) === 6) return { name: entry };
  const [, inner, outer, port] =
    /^(?:\[(.*)\]|(.*?))(?::(\d+))?$/.exec(entry) ?? [];
  return { name: inner ?? outer ?? entry, port };
}

function matches(host: string, entry: string): boolean {
  if (isIP(host) !== 0) return isWithin(host, entry);
  const domain = entry.replace(/^\*?\./, "").replace(/\.$/, "");
  return domain !== "" && (host === domain || host.endsWith(`.${domain}`));
}

/** Whether an address is the one named, or in the range named, however they are written. */
function isWithin(host: string, entry: string): boolean {
  const [, address = "", bits] = /^(.*?)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  if (isIP(address) !== isIP(host)) return false;
  const family = isIPv4(host) ? "ipv4" : "ipv6";
  const most = family === "ipv4" ? 32 : 128;
  const prefix = Number(bits ?? most);
  if (prefix > most) return false;
  const range = new BlockList();
  range.addSubnet(address, prefix, family);
  return range.check(host, family);
}
