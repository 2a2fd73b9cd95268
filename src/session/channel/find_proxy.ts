import { ConnectFailure } from "./open_connection.ts";

/**
 * The proxy that HTTPS_PROXY and NO_PROXY (either case) choose for a host; undefined for none.
 *
 * NO_PROXY is a comma-separated list of hosts, domains (with or without a leading dot), `host:port`
 * and `*`, as curl reads it, so that the WebSocket goes the way the API calls go.
 *
 * @throws ConnectFailure when the variable holds no address.
 */
export function findProxy(
  url: URL,
  env: (name: string) => string | undefined,
): URL | undefined {
  const read = (name: string) => env(name) || env(name.toLowerCase()) || "";
  const name = read("HTTPS_PROXY") === "" ? "ALL_PROXY" : "HTTPS_PROXY";
  const address = read(name);
  if (address === "" || isExempt(url, read("NO_PROXY"))) return undefined;
  const proxy = URL.parse(
    address.includes("://") ? address : `http://${address}`,
  );
  // Its value may hold a password: it is named and not shown.
  if (proxy === null) throw new ConnectFailure(`${name} holds no proxy's URL`);
  return proxy;
}

function isExempt(url: URL, noProxy: string): boolean {
  const host = url.hostname.toLowerCase();
  const port = url.port || "443";
  return noProxy.toLowerCase().split(/[\s,]+/).filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      const [, name = "", entryPort] = BARE_IPV6.test(entry)
        ? [entry, `[${entry}]`]
        : /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (entryPort !== undefined && entryPort !== port) return false;
      if (name.startsWith("[")) return host === normalizeIpv6(name);
      const domain = name.replace(/^\*?\./, "").replace(/\.$/, "");
      return domain !== "" &&
        (host === domain || host.endsWith(`.${domain}`));
    });
}

/** curl wants IPv6 addresses without brackets, so their last part is no port. */
const BARE_IPV6 = /^[\da-f]*:[\da-f]*:[\da-f:.]*$/;

function normalizeIpv6(host: string): string | undefined {
  return URL.parse(`http://${host}`)?.hostname;
}
