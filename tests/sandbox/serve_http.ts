import { Buffer } from "node:buffer";
import type { Socket } from "node:net";

/** A request, read whole. */
export type HttpRequest = {
  readonly method: string;
  /** Path and query as they stood in the request line. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** What is answered. */
export type HttpResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** What a connection's requests are given to. */
export type HttpHandler = {
  answer(request: HttpRequest): Promise<HttpResponse>;
  /** The connection is handed over, with the bytes that came behind the request. */
  upgrade(request: HttpRequest, socket: Socket, head: Buffer): void;
};

const end = "\r\n\r\n";

/**
 * Speaks the little HTTP/1.1 that is needed on a connection. Deno's own http
 * server is not used because what it hands over after an upgrade cannot switch
 * Nagle's algorithm off: every second small frame would come 40 ms late.
 */
export function serveHttp(socket: Socket, handler: HttpHandler): void {
  socket.setNoDelay(true);
  let waiting: Buffer = Buffer.alloc(0);
  let busy = false;
  const take = (bytes: Buffer) => {
    waiting = waiting.length === 0 ? bytes : Buffer.concat([waiting, bytes]);
    if (!busy) advance();
  };
  socket.on("data", take);
  socket.on("error", () => socket.destroy());

  function advance(): void {
    const headEnd = waiting.indexOf(end);
    if (headEnd < 0) return;
    const head = parseHead(waiting.toString("latin1", 0, headEnd));
    const bodyStart = headEnd + end.length;
    if (head === undefined || head.headers["transfer-encoding"] !== undefined) {
      socket.end(`HTTP/1.1 400 Bad Request\r\nconnection: close${end}`);
      return;
    }
    if (head.headers["upgrade"]?.toLowerCase() === "websocket") {
      socket.off("data", take);
      handler.upgrade(
        { ...head, body: "" },
        socket,
        waiting.subarray(bodyStart),
      );
      return;
    }
    const bodyEnd = bodyStart + Number(head.headers["content-length"] ?? 0);
    if (waiting.length < bodyEnd) return;
    const body = waiting.toString("utf8", bodyStart, bodyEnd);
    waiting = waiting.subarray(bodyEnd);
    busy = true;
    handler.answer({ ...head, body }).then((response) => {
      busy = false;
      if (socket.destroyed) return;
      socket.write(formatResponse(response));
      if (head.headers["connection"]?.toLowerCase() === "close") socket.end();
      else advance();
    }, () => socket.destroy());
  }
}

/** A response as it goes over the wire. */
export function formatResponse(response: HttpResponse): Buffer {
  const body = Buffer.from(response.body);
  const headers = { ...response.headers, "content-length": body.length };
  const lines = Object.entries(headers).map(([name, value]) =>
    `${name}: ${value}\r\n`
  );
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 ${response.status} Sandbox\r\n${lines.join("")}\r\n`),
    body,
  ]);
}

function parseHead(text: string): Omit<HttpRequest, "body"> | undefined {
  const [first = "", ...lines] = text.split("\r\n");
  const [, method, url] = /^([A-Z]+) (\S+) HTTP\/1\.1$/.exec(first) ?? [];
  if (method === undefined || url === undefined) return undefined;
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined
      ? value
      : `${headers[name]},${value}`;
  }
  return { method, url, headers };
}
