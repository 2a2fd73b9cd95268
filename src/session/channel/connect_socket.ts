import { Buffer } from "node:buffer";
import net from "node:net";
import tls from "node:tls";
// @ts-types="@types/ws"
import { WebSocket } from "ws";
import { messageOf } from "../../errors.ts";
import { findProxy } from "./find_proxy.ts";

/** One WebSocket connection, with the few things a data channel needs of it. */
export interface Socket {
  send(data: string | Uint8Array): void;
  ping(): void;
  /** Stops reading, so that the sender feels a slow reader. */
  pause(): void;
  resume(): void;
  close(): void;
}

/** What a connection tells its owner. */
export interface SocketEvents {
  readonly onText: (text: string) => void;
  readonly onBinary: (bytes: Uint8Array) => void;
  /** The other side is there: a frame, a ping or a pong came. */
  readonly onAlive: () => void;
  /** Called once, for whatever reason it ended. */
  readonly onClose: (reason: string) => void;
}

/** How to reach the other side. */
export interface SocketOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly env: (name: string) => string | undefined;
  /** PEM certificates to trust beside the usual ones (AWS_CA_BUNDLE). */
  readonly caCertificates?: readonly string[] | undefined;
  readonly connectTimeoutMs: number;
}

/** The upgrade was refused or the host not reached; `status` is the HTTP answer, where there was one. */
export class ConnectFailure extends Error {
  override readonly name = "ConnectFailure";
  constructor(message: string, readonly status?: number) {
    super(message);
  }
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const MAX_FRAME = 4 * 1024 * 1024;

/**
 * Opens a WebSocket, through the proxy of the environment where one is set.
 *
 * @throws ConnectFailure when it cannot be opened; `ws://` is refused but to loopback.
 */
export async function connectSocket(
  address: string,
  events: SocketEvents,
  options: SocketOptions,
): Promise<Socket> {
  const url = parseAddress(address);
  const secure = url.protocol === "wss:";
  const port = Number(url.port || (secure ? 443 : 80));
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const proxy = secure ? findProxy(url, options.env) : undefined;
  const tunnel = proxy &&
    await openTunnel(proxy, host, port, options.connectTimeoutMs);

  // The reason a TLS handshake failed is known to its socket only: the HTTP layer says "hang up".
  let transportError: string | undefined;
  const createConnection = (): net.Socket => {
    const socket = secure
      ? tls.connect({
        ...(tunnel === undefined ? { host, port } : { socket: tunnel }),
        ...(net.isIP(host) === 0 ? { servername: host } : {}),
        ...(options.caCertificates === undefined
          ? {}
          : { ca: [...tls.rootCertificates, ...options.caCertificates] }),
      })
      : net.connect({ host, port });
    socket.on("error", (error) => transportError ??= error.message);
    socket.setNoDelay(true);
    return socket;
  };

  const webSocket = new WebSocket(url, {
    headers: options.headers,
    perMessageDeflate: false,
    handshakeTimeout: options.connectTimeoutMs,
    maxPayload: MAX_FRAME,
    createConnection: createConnection as typeof net.createConnection,
  });
  webSocket.on("message", (data, isBinary) => {
    events.onAlive();
    if (isBinary) events.onBinary(data as Buffer);
    else events.onText(String(data));
  });
  webSocket.on("ping", events.onAlive);
  webSocket.on("pong", events.onAlive);
  let lastError: string | undefined;
  webSocket.on("error", (error) => lastError = messageOf(error));
  // Before the connection is open its failure is told by the rejection below.
  let open = false;
  webSocket.once("close", (code, reason) => {
    if (!open) return;
    const said = reason.length > 0 ? ` ("${reason}")` : "";
    events.onClose(
      lastError ?? transportError ?? `closed with code ${code}${said}`,
    );
  });

  await new Promise<void>((resolve, reject) => {
    webSocket.once("open", () => {
      open = true;
      resolve();
    });
    webSocket.once("unexpected-response", (_request, response) => {
      response.resume();
      reject(
        new ConnectFailure(
          `the answer was HTTP ${response.statusCode}`,
          response.statusCode,
        ),
      );
      webSocket.terminate();
    });
    webSocket.on(
      "error",
      (error) => reject(new ConnectFailure(transportError ?? error.message)),
    );
  });

  return {
    send: (data) => {
      if (webSocket.readyState === WebSocket.OPEN) webSocket.send(data);
    },
    ping: () => {
      if (webSocket.readyState === WebSocket.OPEN) webSocket.ping("keepalive");
    },
    pause: () => webSocket.pause(),
    resume: () => webSocket.resume(),
    close: () => webSocket.terminate(),
  };
}

function parseAddress(address: string): URL {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw new ConnectFailure("its address is no URL");
  }
  if (url.protocol === "wss:") return url;
  if (url.protocol === "ws:" && LOOPBACK.test(url.hostname)) return url;
  throw new ConnectFailure(`its address is neither wss:// nor on this machine`);
}

/** Asks an HTTP proxy for a connection to `host`; the proxy itself may speak TLS. */
function openTunnel(
  proxy: URL,
  host: string,
  port: number,
  timeoutMs: number,
): Promise<net.Socket> {
  const name = `the proxy ${proxy.host}`;
  return new Promise((resolve, reject) => {
    const proxyPort = Number(
      proxy.port || (proxy.protocol === "https:" ? 443 : 80),
    );
    const socket = proxy.protocol === "https:"
      ? tls.connect({
        host: proxy.hostname,
        port: proxyPort,
        servername: proxy.hostname,
      })
      : net.connect({ host: proxy.hostname, port: proxyPort });
    const fail = (reason: string, status?: number) => {
      socket.destroy();
      reject(new ConnectFailure(reason, status));
    };
    const timer = setTimeout(() => fail(`${name} did not answer`), timeoutMs);
    socket.once(
      "error",
      (error) => fail(`${name} cannot be reached: ${error.message}`),
    );
    socket.once("close", () => fail(`${name} closed the connection`));
    socket.once(
      proxy.protocol === "https:" ? "secureConnect" : "connect",
      () => {
        socket.write(
          connectRequest(proxy, host.includes(":") ? `[${host}]` : host, port),
        );
      },
    );
    let head = "";
    const onData = (chunk: Buffer) => {
      head += chunk.toString("latin1");
      if (!head.includes("\r\n\r\n")) {
        if (head.length > 16_384) {
          fail(`${name} did not answer as a proxy does`);
        }
        return;
      }
      clearTimeout(timer);
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]);
      if (status !== 200) {
        fail(
          `${name} refused the connection to ${host} with HTTP ${
            status || "nonsense"
          }`,
          status,
        );
        return;
      }
      socket.removeAllListeners();
      resolve(socket);
    };
    socket.on("data", onData);
  });
}

function connectRequest(proxy: URL, host: string, port: number): string {
  const credentials = proxy.username === "" ? "" : Buffer.from(
    `${decodeURIComponent(proxy.username)}:${
      decodeURIComponent(proxy.password)
    }`,
  ).toString("base64");
  return `CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n` +
    (credentials === ""
      ? ""
      : `Proxy-Authorization: Basic ${credentials}\r\n`) +
    "\r\n";
}
