import type { DockerConnection } from "./docker_connection.ts";

/** A request, the little of HTTP/1.1 that the Engine API needs. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: unknown;
  /** Asks for the connection itself, as a byte stream in both directions. */
  readonly upgrade?: boolean;
}

/** An answer up to its empty line. */
export interface HttpHead {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
}

/** What came is no HTTP. */
export class NotHttp extends Error {
  override readonly name = "NotHttp";
}

/** The connection ended before an answer was whole. */
export class AnswerCut extends Error {
  override readonly name = "AnswerCut";
  /** `begun`: part of an answer had come. */
  constructor(readonly begun: boolean) {
    super("the connection was closed without an answer");
  }
}

const LONGEST_HEAD = 64 * 1024;
const LONGEST_BODY = 16 * 1024 * 1024;

const encoder = new TextEncoder();
const latin1 = new TextDecoder("latin1");

/** Writes a request in one piece. */
export async function sendRequest(
  connection: DockerConnection,
  { method, path, body, upgrade }: HttpRequest,
): Promise<void> {
  const text = body === undefined ? "" : JSON.stringify(body);
  const bytes = encoder.encode(text);
  const lines = [
    `${method} ${path} HTTP/1.1`,
    // The daemon asks for one and does not look at it; Docker's own client sends this over a socket too.
    "Host: docker",
    "User-Agent: porthole",
    ...(body === undefined ? [] : ["Content-Type: application/json"]),
    ...(method === "POST" ? [`Content-Length: ${bytes.length}`] : []),
    ...(upgrade ? ["Connection: Upgrade", "Upgrade: tcp"] : []),
  ];
  await connection.write(
    encoder.encode(`${lines.join("\r\n")}\r\n\r\n${text}`),
  );
}

/** Reads answers from a connection, piece by piece. */
export interface AnswerReader {
  readHead(): Promise<HttpHead>;
  /** The body that belongs to the head, decoded; `complete`: the connection can carry another request. */
  readBody(
    head: HttpHead,
  ): Promise<{ readonly text: string; readonly reusable: boolean }>;
  /** What was read beyond. */
  rest(): Uint8Array;
}

/** Makes a reader; it reads no more from the connection than it is asked for, in chunks as they come. */
export function createAnswerReader(connection: DockerConnection): AnswerReader {
  let held: Uint8Array = new Uint8Array(0);
  let begun = false;

  async function readMore(): Promise<boolean> {
    const chunk = await connection.read();
    if (chunk === null) return false;
    begun = true;
    const joined = new Uint8Array(held.length + chunk.length);
    joined.set(held);
    joined.set(chunk, held.length);
    held = joined;
    return true;
  }

  /** Everything up to `mark`, which is dropped. */
  async function takeUntil(mark: string, longest: number): Promise<string> {
    for (;;) {
      const text = latin1.decode(held);
      const end = text.indexOf(mark);
      if (end >= 0) {
        held = held.subarray(end + mark.length);
        return text.slice(0, end);
      }
      if (held.length > longest) throw new NotHttp("the answer has no end");
      if (!await readMore()) throw new AnswerCut(begun);
    }
  }

  async function take(count: number): Promise<Uint8Array> {
    if (!(count <= LONGEST_BODY)) throw new NotHttp("the answer is too long");
    while (held.length < count) {
      if (!await readMore()) throw new AnswerCut(begun);
    }
    const taken = held.subarray(0, count);
    held = held.subarray(count);
    return taken;
  }

  async function takeChunks(): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const line = await takeUntil("\r\n", LONGEST_HEAD);
      const size = /^[\da-f]{1,7}(?=;|\s*$)/i.exec(line)?.[0];
      if (size === undefined) {
        throw new NotHttp("the answer's parts are broken");
      }
      const length = Number.parseInt(size, 16);
      if (length === 0) break;
      text += decoder.decode(await take(length), { stream: true });
      await takeUntil("\r\n", LONGEST_HEAD);
      if (text.length > LONGEST_BODY) {
        throw new NotHttp("the answer is too long");
      }
    }
    // Trailers, if any, up to the empty line.
    while (await takeUntil("\r\n", LONGEST_HEAD) !== "");
    return text + decoder.decode();
  }

  return {
    async readHead() {
      let first: string;
      try {
        first = await takeUntil("\r\n", LONGEST_HEAD);
      } catch (error) {
        throw error instanceof AnswerCut && begun
          ? new NotHttp("the answer is no HTTP")
          : error;
      }
      const status = /^HTTP\/1\.[01] (\d{3})\b/.exec(first)?.[1];
      if (status === undefined) throw new NotHttp("the answer is no HTTP");
      const headers = new Map<string, string>();
      for (;;) {
        const line = await takeUntil("\r\n", LONGEST_HEAD);
        if (line === "") return { status: Number(status), headers };
        const [, name, value] = /^([^:\s]+):[ \t]*(.*?)[ \t]*$/.exec(line) ??
          [];
        if (name === undefined || headers.size > 200) {
          throw new NotHttp("the answer is no HTTP");
        }
        headers.set(name.toLowerCase(), value ?? "");
      }
    },
    async readBody({ status, headers }) {
      const reusable = headers.get("connection")?.toLowerCase() !== "close";
      if (status === 204 || status === 304) return { text: "", reusable };
      if (headers.get("transfer-encoding")?.toLowerCase() === "chunked") {
        return { text: await takeChunks(), reusable };
      }
      const length = headers.get("content-length");
      if (length !== undefined) {
        const bytes = await take(Number(length));
        return { text: new TextDecoder().decode(bytes), reusable };
      }
      while (held.length <= LONGEST_BODY && await readMore());
      return { text: new TextDecoder().decode(held), reusable: false };
    },
    rest: () => held,
  };
}
