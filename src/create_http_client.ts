import { present } from "./present.ts";
import { findProxy, type Proxy, PROXY_VARIABLES } from "./find_proxy.ts";

/** Finds the client for Deno's fetch that goes to a URL the way `findProxy` says. */
export type HttpClientFinder = (url: URL) => Deno.HttpClient | undefined;

/**
 * Keeps one client for each way there is. Undefined stands for Deno's own client, where neither a
 * variable names a proxy nor a certificate is to be trusted beside the usual ones.
 *
 * @throws {PortholeError} config_invalid, when it is asked, where a variable names no usable proxy;
 * whatever Deno.createHttpClient throws for `caCerts`.
 */
export function createHttpClientFinder(
  env: (name: string) => string | undefined,
  caCerts: readonly string[] = [],
): HttpClientFinder {
  const clients = new Map<string, Deno.HttpClient>();
  return (url) => {
    const proxy = findProxy(url, env);
    // Only where it can matter: parsing a system's bundle takes milliseconds.
    const trusted = url.protocol === "https:" ? caCerts : [];
    if (proxy === undefined && trusted.length === 0 && !namesProxy(env)) {
      return undefined;
    }
    const key = JSON.stringify([proxy, trusted.length]);
    const client = clients.get(key) ?? createHttpClient(proxy, trusted);
    clients.set(key, client);
    return client;
  };
}

/** NO_PROXY alone names none: then Deno's own client goes directly anyway. */
function namesProxy(env: (name: string) => string | undefined): boolean {
  return inEitherCase(PROXY_VARIABLES.filter((name) => name !== "NO_PROXY"))
    .some((name) => env(name));
}

/**
 * A client takes over what the variables say when it is made, reads them in its own way, and cannot
 * be told to go directly: so they are away for that moment. Programs that are started have them.
 */
function createHttpClient(
  proxy: Proxy | undefined,
  caCerts: readonly string[],
): Deno.HttpClient {
  const names = inEitherCase(PROXY_VARIABLES);
  const kept = names.map((name) => [name, Deno.env.get(name)] as const);
  for (const name of names) Deno.env.delete(name);
  try {
    return Deno.createHttpClient({
      caCerts: [...caCerts],
      ...(proxy && { proxy: describeProxy(proxy) }),
    });
  } finally {
    for (const [name, value] of kept) {
      if (value !== undefined) Deno.env.set(name, value);
    }
  }
}

function describeProxy({ kind, address, credentials }: Proxy): Deno.Proxy {
  return {
    transport: kind,
    url: address,
    ...present({ basicAuth: credentials }),
  };
}

function inEitherCase(names: readonly string[]): readonly string[] {
  return names.flatMap((name) => [name, name.toLowerCase()]);
}
