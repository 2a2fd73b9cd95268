import { createByteBuffer } from "./byte_buffer.ts";
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

/** The answer is not HTTP. */
export class NotHttp extends Error {
  override readonly name = "NotHttp";
  /** `alert`: it is what TLS says to those who speak without. */
  constructor(message: string, readonly alert = false) {
    super(message);
  }
}

/** The connection ended before an answer was whole. */
export class AnswerCut extends Error {
  override readonly name = "AnswerCut";
  /** `begun`: part of an answer had come. */
  constructor(readonly begun: boolean) {
    super("the connection was closed without an answer");
  }
}

const LONGEST_LINE = 64 * 1024;
const MOST_HEADERS = 200;
/** Of one answer, head and body. */
const LONGEST_ANSWER = 64 * 1024 * 1024;

const encoder = new TextEncoder();
const latin1 = new TextDecoder("latin1");
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** How a record of TLS begins that is an alert: its type, and the version's first byte (RFC 8446, section 5.1). */
const TLS_ALERT = 21;
const TLS_MAJOR = 3;

function tooLong(): NotHttp {
  return new NotHttp(
    `the answer is longer than ${LONGEST_ANSWER / 1024 / 1024} MiB`,
  );
}

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

/**
 * Makes a reader of one answer; it reads no more from the connection than it is asked for, in chunks as they come.
 *
 * @param onRead is called for each chunk.
 */
export function createAnswerReader(
  connection: Pick<DockerConnection, "read">,
  onRead: () => void = () => {},
): AnswerReader {
  /** What was read and not taken. */
  const held = createByteBuffer();
  let total = 0;

  async function readMore(): Promise<boolean> {
    const chunk = await connection.read();
    if (chunk === null) return false;
    onRead();
    total += chunk.length;
    if (total > LONGEST_ANSWER) throw tooLong();
    held.add(chunk);
    return true;
  }

  /** Everything up to the next line end, which is dropped. */
  async function takeLine(): Promise<string> {
    for (let seen = 0;;) {
      const bytes = held.view();
      const at = bytes.indexOf(LINE_FEED, seen);
      if (at > 0 && bytes[at - 1] === CARRIAGE_RETURN) {
        held.drop(at + 1);
        return latin1.decode(bytes.subarray(0, at - 1));
      }
      seen = at < 0 ? bytes.length : at + 1;
      if (at >= 0) continue;
      if (seen > LONGEST_LINE) throw new NotHttp("the answer has no end");
      if (!await readMore()) throw new AnswerCut(total > 0);
    }
  }

  /** The next bytes; good until more are read. */
  async function take(count: number): Promise<Uint8Array> {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new NotHttp("the answer's length is broken");
    }
    if (count > LONGEST_ANSWER) throw tooLong();
    while (held.view().length < count) {
      if (!await readMore()) throw new AnswerCut(true);
    }
    const taken = held.view().subarray(0, count);
    held.drop(count);
    return taken;
  }

  async function takeChunks(): Promise<string> {
    const body = createByteBuffer();
    for (;;) {
      const line = await takeLine();
      const size = /^[\da-f]{1,7}(?=;|\s*$)/i.exec(line)?.[0];
      if (size === undefined) {
        throw new NotHttp("the answer's parts are broken");
      }
      const length = Number.parseInt(size, 16);
      if (length === 0) break;
      body.add(await take(length));
      await takeLine();
    }
    // Trailers, if any, up to the empty line.
    while (await takeLine() !== "");
    return new TextDecoder().decode(body.view());
  }

  const beginsLikeHttp = () =>
    latin1.decode(held.view().subarray(0, 5)) === "HTTP/";
  const isTlsAlert = () => {
    const [type, version] = held.view();
    return type === TLS_ALERT && version === TLS_MAJOR;
  };

  return {
    async readHead() {
      let first: string;
      try {
        first = await takeLine();
      } catch (error) {
        throw error instanceof NotHttp || total === 0 || beginsLikeHttp()
          ? error
          : new NotHttp("the answer is not HTTP", isTlsAlert());
      }
      const status = /^HTTP\/1\.[01] (\d{3})\b/.exec(first)?.[1];
      if (status === undefined) throw new NotHttp("the answer is not HTTP");
      const headers = new Map<string, string>();
      for (let count = 0; count <= MOST_HEADERS; count++) {
        const line = await takeLine();
        if (line === "") return { status: Number(status), headers };
        const [, name, value] = /^([^:\s]+):[ \t]*(.*?)[ \t]*$/.exec(line) ??
          [];
        if (name === undefined) throw new NotHttp("the answer is not HTTP");
        headers.set(name.toLowerCase(), value ?? "");
      }
      throw new NotHttp("the answer has no end");
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
      while (await readMore());
      return {
        text: new TextDecoder().decode(held.view()),
        reusable: false,
      };
    },
    rest: () => held.view().slice(),
  };
}
