import type { RackServeAction } from "../../args/rack_server.ts";
import type { Deps } from "../../deps.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import { quoteValue } from "../../quote_value.ts";
import type { RackListener } from "../../rack/serve_rack.ts";

const MOST_PEM_BYTES = 1024 * 1024;

/** A listener, and the address that it is known by. */
export interface OpenedListener {
  readonly listener: RackListener;
  readonly address: string;
}

/**
 * Listens for connections.
 *
 * @throws {PortholeError} io_failed where the address is not to be had, or a file of TLS not to be read or used.
 */
export async function openListener(
  { listen, tls }: Pick<RackServeAction, "listen" | "tls">,
  deps: Pick<Deps, "readTextFile">,
): Promise<OpenedListener> {
  const files = tls === undefined ? undefined : {
    cert: await readPem(tls.cert, "--tls-cert", deps),
    key: await readPem(tls.key, "--tls-key", deps),
  };
  try {
    const listener = files === undefined
      ? Deno.listen(listen)
      : Deno.listenTls({ ...listen, ...files, alpnProtocols: ["http/1.1"] });
    const { hostname, port } = listener.addr as Deno.NetAddr;
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    return {
      listener: {
        accept: () => listener.accept(),
        close: () => listener.close(),
      },
      address: `${files === undefined ? "http" : "https"}://${host}:${port}`,
    };
  } catch (error) {
    throw new PortholeError("io_failed", {
      cannot: `listen on ${quoteValue(`${listen.hostname}:${listen.port}`)}`,
      because: messageOf(error),
    }, { cause: error });
  }
}

async function readPem(
  path: string,
  flag: string,
  { readTextFile }: Pick<Deps, "readTextFile">,
): Promise<string> {
  let text: string;
  try {
    text = await readTextFile(path, { mostBytes: MOST_PEM_BYTES });
  } catch (error) {
    throw refusePem(path, flag, messageOf(error), error);
  }
  if (!text.includes("-----BEGIN ")) {
    throw refusePem(path, flag, "it is not in PEM form");
  }
  return text;
}

function refusePem(
  path: string,
  flag: string,
  because: string,
  cause?: unknown,
): PortholeError {
  return new PortholeError("io_failed", {
    cannot: `read ${quoteValue(path)} of ${flag}`,
    because,
  }, { cause });
}
