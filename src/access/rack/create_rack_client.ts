import { Buffer } from "node:buffer";
import { tameText } from "../../aws/tame_text.ts";
import type { Deps } from "../../deps.ts";
import type { DockerConnection } from "../../docker/docker_connection.ts";
import {
  AnswerCut,
  createAnswerReader,
  NotHttp,
} from "../../docker/http_exchange.ts";
import { AnswerLate, limitExchange } from "../../docker/limit_exchange.ts";
import { adviseOnConnection } from "../../explain_certificate.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import type { Rack } from "./rack.ts";

/** One request to a rack. */
export interface RackRequest {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** Its parts, encoded where they are put together. */
  readonly path: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
  /** The error of a 404; absent, it is a refusal like others. */
  readonly missing?: () => PortholeError;
}

/** Who speaks to a rack. */
export interface RackClient {
  readonly rack: Rack;
  /**
   * Resolves with the text of the answer.
   *
   * @throws {PortholeError} unreachable, access_denied, rack_refused, or what `missing` makes.
   */
  ask(request: RackRequest): Promise<string>;
  /** The URL of a request. */
  urlOf(path: readonly string[]): URL;
  /** What says who we are; of the two forms the one that the rack has taken. */
  authorization(): string;
}

/** What speaking to it needs of the outside. */
export interface RackClientDeps extends Pick<Deps, "sleep"> {
  /** Opens a connection whose other end has been judged; nothing has been sent over it. */
  readonly connect: (rack: Rack) => Promise<DockerConnection>;
}

/** A list of some thousand processes. */
const LONGEST_ANSWER = 4 * 1024 * 1024;

/** Makes a client of a rack; it is asked nothing yet. A connection carries one request. */
export function createRackClient(
  rack: Rack,
  deps: RackClientDeps,
): RackClient {
  const forms = passwordForms(rack.token);
  let form = 0;

  const authorization = () =>
    `Basic ${Buffer.from(`convox:${forms[form]}`).toString("base64")}`;

  function urlOf(path: readonly string[]): URL {
    const start = rack.url.pathname.replace(/\/$/, "");
    const url = new URL(rack.url);
    url.pathname = [start, ...path.map(encodeURIComponent)].join("/");
    return url;
  }

  async function exchange(request: RackRequest) {
    const connection = await connect(rack, deps);
    try {
      return await limitExchange(deps, async (heard) => {
        await connection.write(writeRequest(request, urlOf(request.path), {
          authorization: authorization(),
        }));
        let length = 0;
        const reader = createAnswerReader({
          async read() {
            const chunk = await connection.read();
            length += chunk?.length ?? 0;
            if (length > LONGEST_ANSWER) {
              throw new NotHttp("the answer is longer than 4 MiB");
            }
            return chunk;
          },
        }, heard);
        const head = await reader.readHead();
        const { text } = await reader.readBody(head);
        return { status: head.status, text };
      });
    } catch (error) {
      throw explainFailure(error, rack);
    } finally {
      void connection.close().catch(() => {});
    }
  }

  return {
    rack,
    urlOf,
    authorization,
    async ask(request) {
      let answer = await exchange(request);
      if (answer.status === 401 && form + 1 < forms.length) {
        form++;
        answer = await exchange(request);
      }
      const { status, text } = answer;
      if (status >= 200 && status < 300) return text;
      if (status === 404 && request.missing !== undefined) {
        throw request.missing();
      }
      throw explainRefusal(rack, status, text);
    },
  };
}

/**
 * Convox's CLI sends a password percent-encoded, and a rack compares it as it comes: one with other
 * characters may be known to the rack in either form.
 */
function passwordForms(token: string): readonly string[] {
  const encoded = encodeURIComponent(token);
  return encoded === token ? [token] : [token, encoded];
}

async function connect(
  rack: Rack,
  { connect }: RackClientDeps,
): Promise<DockerConnection> {
  try {
    return await connect(rack);
  } catch (error) {
    throw explainFailure(error, rack);
  }
}

function writeRequest(
  { method, headers = {}, form }: RackRequest,
  url: URL,
  { authorization }: { readonly authorization: string },
): Uint8Array {
  const body = form === undefined ? "" : new URLSearchParams(form).toString();
  const lines = [
    `${method} ${url.pathname} HTTP/1.1`,
    `Host: ${url.host}`,
    `Authorization: ${authorization}`,
    "User-Agent: porthole",
    "Accept: */*",
    "Connection: close",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(form === undefined
      ? []
      : ["Content-Type: application/x-www-form-urlencoded"]),
    ...(method === "GET" ? [] : [`Content-Length: ${body.length}`]),
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`, "latin1");
}

/** Why a rack was not reached, or did not answer as one. */
export function explainFailure(error: unknown, rack: Rack): PortholeError {
  if (error instanceof PortholeError) return error;
  const cannot = `ask rack "${rack.name}" (${rack.url.origin})`;
  if (error instanceof NotHttp || error instanceof AnswerCut) {
    return new PortholeError("rack_refused", {
      cannot,
      because: error.message,
    }, { hint: "check the rack's address", cause: error });
  }
  const because = error instanceof AnswerLate
    ? error.message
    : tameText(messageOf(error));
  return new PortholeError("unreachable", { cannot, because }, {
    hint: /InvalidContentType|corrupt message/.test(because)
      ? "it does not use TLS: check the https:// in the rack's address"
      : adviseOnConnection(because) === undefined
      ? "the rack must be reachable from here; HTTPS_PROXY is respected"
      : "--ca FILE of porthole rack login trusts a CA of your own, --pin one certificate",
    cause: error,
  });
}

/** What a rack's refusal means. */
export function explainRefusal(
  rack: Rack,
  status: number,
  text: string,
): PortholeError {
  const said = readRefusal(text) || `it answered HTTP ${status}`;
  if (status === 401) {
    return new PortholeError(
      "access_denied",
      `Cannot sign in to rack "${rack.name}": ${said}`,
      { hint: `porthole rack login ${rack.url.host} stores a new token` },
    );
  }
  if (status >= 300 && status < 400) {
    return new PortholeError(
      "rack_refused",
      `Cannot ask rack "${rack.name}": it redirects to another address, and redirects are not followed`,
      { hint: "name the address that it redirects to, if you trust it" },
    );
  }
  return new PortholeError(
    status === 403 ? "access_denied" : "rack_refused",
    said,
  );
}

/** Convox's errors are plain text, or JSON with `error`. */
function readRefusal(text: string): string {
  try {
    const { error } = JSON.parse(text);
    if (typeof error === "string") return tameText(error);
  } catch {
    // Plain text.
  }
  return /^\s*</.test(text) ? "" : tameText(text);
}
