import {
  acceptKey,
  type RawSocket,
  serveSocket,
  type SocketEvents,
} from "../../session/channel/connect_socket.ts";
import { writeAll } from "../../session/channel/read_head.ts";
import { isLoopback } from "../../is_loopback.ts";
import { type AddressBlock, isInBlock, parseAddress } from "./http_address.ts";
import {
  BadRequest,
  LONGEST_BODY,
  LONGEST_HEAD,
  parseHead,
  type RequestHead,
} from "./parse_head.ts";

/** An answer; its body is text. */
export interface HttpAnswer {
  readonly status: number;
  readonly type?: "application/json" | "text/plain; charset=utf-8";
  readonly body: string;
}

/** One request, and all that can be done with it. */
export interface Exchange {
  readonly head: RequestHead;
  /** Who asks: the peer, or whom the proxy names. */
  readonly address: string;
  /** The token was right: the connection no longer counts among those without. */
  admit(): void;
  /**
   * Reads the body, which the head has announced.
   *
   * @throws BadRequest 408 where it does not come in time.
   */
  readBody(): Promise<Uint8Array>;
  /** Answers, and ends the connection. A second answer is none. */
  answer(answer: HttpAnswer): Promise<void>;
  /** Answers an upgrade that `checkUpgrade` has passed; a WebSocket from then on. */
  upgrade(
    events: SocketEvents,
    options: { readonly key: string; readonly protocol?: string },
  ): RawSocket;
}

/** Where requests come from. */
export type Front =
  /** From anybody. */
  | { readonly kind: "direct" }
  /** Through a load balancer that keeps the clients' addresses. */
  | { readonly kind: "balancer" }
  /** Through a proxy in these blocks, which names the client in X-Forwarded-For. */
  | { readonly kind: "proxy"; readonly blocks: readonly AddressBlock[] };

/** A connection that was accepted. */
export type HttpConnection =
  & Pick<Deno.Conn, "read" | "write" | "close">
  & { readonly remoteAddr: Deno.Addr };

/** What connections without a valid token may take. */
export const HTTP_LIMITS = {
  /** Connections in all. */
  connections: 256,
  /** Connections of one address; those of this machine itself only count in all. */
  perAddress: 16,
  headMs: 10_000,
  bodyMs: 30_000,
  /** For an answer to leave. */
  answerMs: 10_000,
} as const;

/** What serving needs. */
export interface HttpDeps {
  readonly front: Front;
  readonly handle: (exchange: Exchange) => Promise<void>;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** A server's side of all its connections. */
export interface HttpServer {
  /** Serves a connection to its end; never rejects. */
  serve(connection: HttpConnection): Promise<void>;
  /** How many connections without a valid token there are. */
  strangers(): number;
}

interface Stranger {
  readonly address: string;
  /** Ends the connection; what waits for it fails. */
  readonly drop: () => void;
}

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

const encoder = new TextEncoder();

/**
 * A small, strict HTTP/1.1 server: one request a connection, so that nothing can be pipelined or smuggled.
 *
 * It is one of our own because an upgraded connection of the runtime's servers loses bytes (Deno 2.7.11 under
 * `npm:ws`) or refuses text messages that are not UTF-8, as Convox's clients send them; and because theirs read heads that
 * this one refuses.
 */
export function createHttpServer(deps: HttpDeps): HttpServer {
  /** Those without a whole head, the oldest first. */
  const headless = new Set<Stranger>();
  /** Those without a valid token. */
  const strangers = new Set<Stranger>();

  /** Makes room for one more: the oldest that has not even sent a head goes, else the oldest. */
  function makeRoom(address: string): void {
    const own = (one: Stranger) => one.address === address;
    const drop = (filter: (one: Stranger) => boolean) =>
      ([...headless].find(filter) ?? [...strangers].find(filter))?.drop();
    const count = [...strangers].filter(own).length;
    if (count >= HTTP_LIMITS.perAddress && isCounted(address)) drop(own);
    if (strangers.size >= HTTP_LIMITS.connections) drop(() => true);
  }

  /** All of a proxy's connections have its address, and those of this machine are its own. */
  function isCounted(address: string): boolean {
    return deps.front.kind !== "proxy" && !isLoopback(address);
  }

  async function serve(connection: HttpConnection): Promise<void> {
    const peer = hostOf(connection.remoteAddr);
    const { front } = deps;
    let isOpen = true;
    const close = () => {
      if (!isOpen) return;
      isOpen = false;
      try {
        connection.close();
      } catch {
        // Deno closes a connection whose reading or writing failed.
      }
    };
    if (
      front.kind === "proxy" &&
      !front.blocks.some((block) => isInBlock(block, peer))
    ) return close();
    makeRoom(peer);
    const stranger: Stranger = {
      address: peer,
      drop() {
        headless.delete(stranger);
        strangers.delete(stranger);
        close();
      },
    };
    headless.add(stranger);
    strangers.add(stranger);
    let handedOver = false;
    try {
      const { head, rest } = await inTime(
        HTTP_LIMITS.headMs,
        close,
        () => readRequestHead(connection),
      );
      headless.delete(stranger);
      const exchange = createExchange(connection, head, rest, {
        address: front.kind === "proxy" ? readForwarded(head) : peer,
        admit: () => strangers.delete(stranger),
        inTime: (ms, work) => inTime(ms, close, work),
        handOver: () => {
          handedOver = true;
          strangers.delete(stranger);
        },
      });
      await deps.handle(exchange);
    } catch (error) {
      headless.delete(stranger);
      if (error instanceof BadRequest && isOpen && !handedOver) {
        await inTime(HTTP_LIMITS.answerMs, close, async () => {
          await writeAnswer(connection, {
            status: error.status,
            type: "application/json",
            body: `${JSON.stringify({ error: error.message })}\n`,
          });
          await discard(connection, LONGEST_BODY);
        }).catch(() => {});
      }
    } finally {
      headless.delete(stranger);
      strangers.delete(stranger);
      if (!handedOver) close();
    }
  }

  async function inTime<T>(
    ms: number,
    close: () => void,
    work: () => Promise<T>,
  ): Promise<T> {
    const over = new AbortController();
    void deps.sleep(ms, over.signal).then(() => {
      if (!over.signal.aborted) close();
    });
    try {
      return await work();
    } finally {
      over.abort();
    }
  }

  return { serve, strangers: () => strangers.size };
}

interface ExchangeTools {
  readonly address: string;
  readonly admit: () => void;
  readonly inTime: <T>(ms: number, work: () => Promise<T>) => Promise<T>;
  readonly handOver: () => void;
}

function createExchange(
  connection: HttpConnection,
  head: RequestHead,
  rest: Uint8Array,
  { address, admit, inTime, handOver }: ExchangeTools,
): Exchange {
  let answered = false;
  let unread = head.bodyLength - rest.length;
  return {
    head,
    address,
    admit,
    async readBody() {
      unread = 0;
      return await inTime(
        HTTP_LIMITS.bodyMs,
        () => readBody(connection, head.bodyLength, rest),
      );
    },
    async answer(answer) {
      if (answered) return;
      answered = true;
      await inTime(HTTP_LIMITS.answerMs, async () => {
        await writeAnswer(connection, answer, head.method);
        if (unread > 0) await discard(connection, unread);
      });
    },
    upgrade(events, { key, protocol }) {
      if (answered) throw new Error("the request has been answered");
      answered = true;
      handOver();
      const lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Connection: Upgrade",
        "Upgrade: websocket",
        `Sec-WebSocket-Accept: ${acceptKey(key)}`,
        ...(protocol === undefined
          ? []
          : [`Sec-WebSocket-Protocol: ${protocol}`]),
      ];
      return serveSocket(
        writeFirst(connection, encoder.encode(`${lines.join("\r\n")}\r\n\r\n`)),
        events,
      );
    },
  };
}

/** The connection with some bytes that leave before all others. */
function writeFirst(
  connection: HttpConnection,
  bytes: Uint8Array,
): Pick<Deno.Conn, "read" | "write" | "close"> {
  const written = writeAll(connection, bytes);
  written.catch(() => {});
  return {
    read: (into) => connection.read(into),
    write: async (more) => {
      await written;
      return await connection.write(more);
    },
    close: () => connection.close(),
  };
}

/** Reads a head, and what came right behind it. */
async function readRequestHead(
  connection: HttpConnection,
): Promise<{ readonly head: RequestHead; readonly rest: Uint8Array }> {
  let buffer = new Uint8Array(2 * 1024);
  let filled = 0;
  let from = 0;
  for (;;) {
    if (filled === buffer.length) {
      const larger = new Uint8Array(Math.min(2 * filled, LONGEST_HEAD));
      larger.set(buffer);
      buffer = larger;
    }
    const count = await connection.read(buffer.subarray(filled));
    if (count === null) throw new Error("the connection ended in the head");
    filled += count;
    const parsed = parseHead(buffer.subarray(0, filled), from);
    if (parsed.kind === "head") {
      const rest = buffer.subarray(parsed.size, filled);
      if (rest.length > parsed.head.bodyLength) throw surplus();
      return { head: parsed.head, rest };
    }
    from = parsed.from;
  }
}

async function readBody(
  connection: HttpConnection,
  length: number,
  rest: Uint8Array,
): Promise<Uint8Array> {
  // One byte more than there may be.
  const body = new Uint8Array(length + 1);
  body.set(rest);
  let filled = rest.length;
  while (filled < length) {
    const count = await connection.read(body.subarray(filled));
    if (count === null) throw new Error("the connection ended in the body");
    filled += count;
  }
  if (filled > length) throw surplus();
  return body.subarray(0, length);
}

/** Reads what nobody wants: a connection that is closed before takes the answer with it. */
async function discard(
  connection: HttpConnection,
  most: number,
): Promise<void> {
  const chunk = new Uint8Array(4 * 1024);
  for (let left = most; left > 0;) {
    const count = await connection.read(chunk);
    if (count === null) return;
    left -= count;
  }
}

function surplus(): BadRequest {
  return new BadRequest(400, "more came than one request");
}

async function writeAnswer(
  connection: HttpConnection,
  { status, type = "text/plain; charset=utf-8", body }: HttpAnswer,
  method = "GET",
): Promise<void> {
  const bytes = encoder.encode(body);
  const lines = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? "Unknown"}`,
    `Content-Type: ${type}`,
    `Content-Length: ${bytes.length}`,
    "Cache-Control: no-store",
    "X-Content-Type-Options: nosniff",
    "Connection: close",
  ];
  const head = encoder.encode(`${lines.join("\r\n")}\r\n\r\n`);
  const whole = new Uint8Array(head.length + bytes.length);
  whole.set(head);
  whole.set(bytes, head.length);
  await writeAll(connection, method === "HEAD" ? head : whole);
}

/** The last entry is the proxy's own; those before it are whatever the client has sent. */
function readForwarded({ headers }: RequestHead): string {
  const last = headers.get("x-forwarded-for")?.split(",").at(-1)?.trim() ?? "";
  if (parseAddress(last) === undefined) {
    throw new BadRequest(400, "the proxy does not name the client's address");
  }
  return last;
}

function hostOf(address: Deno.Addr): string {
  return "hostname" in address ? address.hostname : "unknown";
}
