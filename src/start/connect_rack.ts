import type { Rack } from "../access/rack/rack.ts";
import type { Deps } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import { findProxy } from "../find_proxy.ts";
import { ConnectFailure } from "../session/channel/connect_failure.ts";
import type { SocketConnection } from "../session/channel/connect_socket.ts";
import { openConnection } from "../session/channel/open_connection.ts";
import { connectPinned } from "../session/rack/connect_pinned.ts";
import { whenSilentFor } from "../when_silent_for.ts";

const CONNECT_TIMEOUT_MS = 15_000;

/**
 * Opens a connection to a rack, whose certificate has been judged before anything is sent.
 *
 * @throws ConnectFailure; PortholeError config_invalid where a proxy stands before a pinned rack.
 */
export async function connectRack(
  { url, tls }: Pick<Rack, "url" | "tls">,
  { env }: Pick<Deps, "env">,
): Promise<SocketConnection> {
  const secure = url.protocol === "https:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port || (secure ? 443 : 80));
  const proxy = findProxy(url, env);
  const giveUp = new AbortController();
  const cancel = whenSilentFor(CONNECT_TIMEOUT_MS, () => giveUp.abort());
  const { signal } = giveUp;
  try {
    if (!secure || tls.kind !== "pin") {
      return await openConnection({
        host,
        port,
        secure,
        proxy,
        caCertificates: tls.kind === "ca" ? [tls.pem] : undefined,
        signal,
      });
    }
    if (proxy !== undefined) {
      throw new PortholeError(
        "config_invalid",
        `Cannot reach a pinned rack through a proxy (${proxy.variable})`,
        { hint: `name ${url.host} in NO_PROXY, or use --ca` },
      );
    }
    return await connectPinned({ host, port, sha256: tls.sha256, signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new ConnectFailure(`no answer within ${CONNECT_TIMEOUT_MS / 1000} s`);
  } finally {
    cancel();
  }
}
