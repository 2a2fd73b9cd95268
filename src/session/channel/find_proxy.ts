/**
 * The proxy that HTTPS_PROXY and NO_PROXY (either case) choose for a host; undefined for none.
 *
 * NO_PROXY is a comma-separated list of hosts, domains (with or without a leading dot), `host:port`
 * and `*`, as curl reads it, so that the WebSocket goes the way the API calls go.
 */
export function findProxy(
  url: URL,
  env: (name: string) => string | undefined,
): URL | undefined {
  const read = (name: string) => env(name) || env(name.toLowerCase()) || "";
  const proxy = read("HTTPS_PROXY") || read("ALL_PROXY");
  if (proxy === "" || isExempt(url, read("NO_PROXY"))) return undefined;
  return new URL(proxy.includes("://") ? proxy : `http://${proxy}`);
}

function isExempt(url: URL, noProxy: string): boolean {
  const host = url.hostname.toLowerCase();
  const port = url.port || "443";
  return noProxy.toLowerCase().split(/[\s,]+/).filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      const [, name = "", entryPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (entryPort !== undefined && entryPort !== port) return false;
      const domain = name.replace(/^\*?\./, "");
      return host === domain || host.endsWith(`.${domain}`);
    });
}
