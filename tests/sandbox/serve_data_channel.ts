import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Buffer } from "node:buffer";
import { type WebSocket, WebSocketServer } from "ws";
import type { AgentSession } from "./agent_session.ts";
import type { ApiContext } from "./api_context.ts";
import { ApiError } from "./api_error.ts";
import { type Caller, identifyCaller, refuseAction } from "./authorize.ts";
import type { CallerIdentity } from "./caller_identity.ts";
import type { RequestLog } from "./request_log.ts";
import { formatResponse, type HttpRequest } from "./serve_http.ts";

/** The tokens of the sessions: each lets one client in, once. */
export type SessionDoor = {
  readonly session: AgentSession;
  /** Tokens that were handed out and not used yet, with the time of their end. */
  readonly tokens: Map<string, number>;
};

/** What the upgrade to a data channel needs. */
export type ChannelServer = {
  readonly context: ApiContext;
  readonly log: RequestLog;
  readonly caller: Caller;
  readonly doors: ReadonlyMap<string, SessionDoor>;
};

const path = "/v1/data-channel/";
// How long a client may take to show its token.
const tokenWaitMs = 10_000;

const sockets = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  // Pings are answered at the agent's pace; see makeConnection.
  autoPong: false,
});

/**
 * Answers an upgrade request: a signed one (or, by option, one without a
 * signature) for a known session gets its data channel.
 */
export function serveDataChannel(
  server: ChannelServer,
  request: HttpRequest,
  socket: Socket,
  head: Buffer,
): void {
  const begun = performance.now();
  const url = new URL(request.url, "ws://sandbox");
  const sessionId = url.pathname.startsWith(path)
    ? decodeURIComponent(url.pathname.slice(path.length))
    : "";
  const role = url.searchParams.get("role");
  const cell = url.searchParams.get("cell-number");
  const parameters = {
    SessionId: sessionId,
    role,
    ...(cell === null ? {} : { cellNumber: cell }),
  };
  let refusal: ApiError | undefined;
  let caller: CallerIdentity | undefined;
  try {
    const isSigned = request.headers["authorization"] !== undefined ||
      url.searchParams.has("X-Amz-Signature");
    if (isSigned && server.context.options.refuseSignedUpgrades) {
      throw new ApiError("BadRequest", "Signed upgrades are refused", 403);
    }
    if (isSigned || !server.context.options.unsignedUpgrades) {
      caller = identifyCaller(server.caller, request, "ssmmessages");
    }
    refuseAction(
      server.context,
      "ssmmessages",
      "OpenDataChannel",
      parameters,
    );
    if (!server.doors.has(sessionId) || role !== "publish_subscribe") {
      throw new ApiError("BadRequest", "Unknown data channel", 400);
    }
    const wanted = server.context.options.cellNumber;
    if (wanted !== undefined && cell !== wanted) {
      throw new ApiError("BadRequest", "Unknown cell", 400);
    }
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown;
    // The data channel's endpoint refuses with 403 where an API answers 400.
    refusal = thrown.code === "BadRequest"
      ? thrown
      : new ApiError(thrown.code, thrown.message, 403);
  }
  server.log.addRequest({
    time: new Date().toISOString(),
    service: "ssmmessages",
    operation: "OpenDataChannel",
    parameters,
    ...(caller === undefined ? {} : { caller }),
    answer: refusal === undefined ? { status: 101 } : {
      status: refusal.status,
      error: refusal.code,
      message: refusal.message,
    },
    milliseconds: Math.round(performance.now() - begun),
  });
  if (refusal !== undefined) return refuse(socket, refusal);
  const door = server.doors.get(sessionId);
  if (door === undefined) return;
  sockets.handleUpgrade(
    // It only looks at the method and the headers.
    request as unknown as IncomingMessage,
    socket,
    head,
    (client) => admit(client, door, server.caller.now),
  );
}

/** The first frame is text and holds the token; a wrong or used one closes the channel. */
function admit(
  client: WebSocket,
  door: SessionDoor,
  now: () => number,
): void {
  const timer = setTimeout(() => client.terminate(), tokenWaitMs);
  const pong = (data: Buffer) => client.pong(data);
  client.on("ping", pong);
  client.on("error", () => {});
  client.on("close", () => clearTimeout(timer));
  client.once("message", (data: Buffer, isBinary: boolean) => {
    clearTimeout(timer);
    client.off("ping", pong);
    const { TokenValue = "", ClientId = "" } = isBinary
      ? {}
      : readToken(data.toString());
    const end = door.tokens.get(TokenValue);
    door.tokens.delete(TokenValue);
    if (end === undefined || end < now()) {
      return client.close(1008, "Invalid token");
    }
    door.session.join(client, ClientId);
  });
}

function readToken(
  text: string,
): { readonly TokenValue?: string; readonly ClientId?: string } {
  try {
    return JSON.parse(text) as { TokenValue?: string; ClientId?: string };
  } catch {
    return {};
  }
}

function refuse(socket: Socket, refusal: ApiError): void {
  socket.end(formatResponse({
    status: refusal.status,
    headers: {
      "x-amzn-errortype": refusal.code,
      "content-type": "application/json",
      connection: "close",
    },
    body: JSON.stringify({ message: refusal.message }),
  }));
}
