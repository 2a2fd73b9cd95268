import { messageOf, PortholeError } from "../../errors.ts";
import type { Socket, SocketEvents } from "./connect_socket.ts";
import { CLIENT_VERSION } from "./handshake.ts";
import { MalformedMessage } from "./message.ts";
import { ConnectFailure } from "./connect_failure.ts";
import { watchSilence } from "./watch_silence.ts";

/** The connection broke, and the session could not be resumed over another: `cause` says why. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
  }
}

/** The way to the agent's end of a session: one connection at a time, dialed again when it breaks. */
export interface Line {
  /** Sends a frame; without a connection, or on one that is not read from, it is dropped. */
  send(frame: Uint8Array): void;
  isUp(): boolean;
  /** How many bytes the connection has not taken yet. */
  waiting(): number;
  /** Stops or goes on reading. */
  setReading(reading: boolean): void;
  /** Says that something new came over it: the next break is the first in a row. */
  noteProgress(): void;
  close(): void;
}

/** What a line needs of the outside. */
export interface LineDeps {
  /** Dials the stream URL, signed with credentials that are valid now. */
  readonly connect: (events: SocketEvents) => Promise<Socket>;
  /** A new token for the same session; undefined when AWS has ended it. */
  readonly resume: () => Promise<string | undefined>;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly random: () => number;
}

/** What a line reports to its owner. */
export interface LineEvents {
  /** A frame came; its bytes are overwritten when this returns. */
  readonly onFrame: (frame: Uint8Array) => void;
  /** There is a new connection: what arrived over the previous one is unknown. */
  readonly onBack: () => void;
  /** The connection broke (`reason`) or is back (undefined): at most one pair a minute is reported. */
  readonly onInterruption: (reason: string | undefined) => void;
  /** The line is gone for good. */
  readonly onLost: (reason: unknown) => void;
}

const PING_EVERY_MS = 20_000;
/** AWS's side answers pings, and pings itself every 54 s: silence for this long is a dead line. */
const DEAD_AFTER_MS = 65_000;
const CONNECT_ATTEMPTS = 3;
/** How often a line may fail in a row: unless it brought something new, or held as long as a dead one may. */
const RECONNECT_ATTEMPTS = 8;
const MAX_BACKOFF_MS = 5_000;
const TELL_EVERY_MS = 60_000;

/**
 * Opens the line of a session, and keeps it open across broken connections.
 *
 * @throws ConnectFailure, or what signing throws, when it cannot be opened in the first place.
 */
export async function openLine(
  tokenValue: string,
  deps: LineDeps,
  events: LineEvents,
): Promise<Line> {
  const clientId = crypto.randomUUID();
  let socket: Socket | undefined;
  let closed = false;
  let reading = true;
  let connectedAt = deps.now();
  let failures = 0;
  let toldAt = -Infinity;
  let told = false;

  function close(): void {
    if (closed) return;
    closed = true;
    clearInterval(pingTimer);
    silence.stop();
    socket?.close();
    socket = undefined;
  }

  function lose(reason: unknown): void {
    if (closed) return;
    close();
    events.onLost(reason);
  }

  async function connect(token: string): Promise<void> {
    let established = false;
    let closedBecause: string | undefined;
    const connection = await deps.connect({
      onAlive: () => silence.heard(),
      onBinary: (frame) => {
        if (!closed) events.onFrame(frame);
      },
      onText: (text) =>
        lose(
          new MalformedMessage(
            `a text of ${text.length} characters came where data is due`,
          ),
        ),
      onClose: (reason) => {
        closedBecause = reason;
        if (established) reconnect(reason);
      },
    });
    if (closedBecause !== undefined) throw new ConnectFailure(closedBecause);
    if (closed) return connection.close();
    established = true;
    socket = connection;
    connectedAt = deps.now();
    silence.heard();
    socket.send(JSON.stringify({
      MessageSchemaVersion: "1.0",
      RequestId: crypto.randomUUID(),
      TokenValue: token,
      ClientId: clientId,
      ClientVersion: CLIENT_VERSION,
    }));
    socket.ping();
    if (!reading) socket.pause();
  }

  async function reconnect(reason: string): Promise<void> {
    if (closed) return;
    socket = undefined;
    if (deps.now() - connectedAt > DEAD_AFTER_MS) failures = 0;
    tellBroken(reason);
    let lastFailure: unknown = new Error(reason);
    while (failures < RECONNECT_ATTEMPTS) {
      await deps.sleep(backoff(failures++));
      if (closed) return;
      try {
        const token = await deps.resume();
        if (closed) return;
        if (token === undefined) {
          return lose(new ConnectionLost("AWS has ended the session"));
        }
        await connect(token);
        if (closed) return;
        events.onBack();
        return tellBack();
      } catch (error) {
        lastFailure = error;
        // Who may not resume will not be allowed to in a moment; credentials may be renewed by then.
        if (isDenied(error)) break;
      }
    }
    lose(new ConnectionLost(lastFailure));
  }

  function tellBroken(reason: string): void {
    const now = deps.now();
    if (now - toldAt < TELL_EVERY_MS) return;
    toldAt = now;
    told = true;
    events.onInterruption(reason);
  }

  function tellBack(): void {
    if (told) events.onInterruption(undefined);
    told = false;
  }

  // All attempts together: 12 to 21 s, whatever chance says.
  function backoff(attempt: number): number {
    return Math.min(MAX_BACKOFF_MS, 100 * 2 ** attempt) *
      (0.75 + deps.random() / 2);
  }

  const pingTimer = setInterval(() => socket?.ping(), PING_EVERY_MS);
  const silence = watchSilence(DEAD_AFTER_MS, {
    now: deps.now,
    onSilent(silenceMs) {
      // A connection that we do not read from cannot be heard.
      if (socket === undefined || !reading) return silence.heard();
      socket.close();
      reconnect(`nothing was heard for ${silenceMs / 1000} s`);
    },
  });

  for (let attempt = 0;; attempt++) {
    try {
      await connect(tokenValue);
      break;
    } catch (error) {
      if (attempt + 1 < CONNECT_ATTEMPTS && isWorthRetrying(error)) {
        await deps.sleep(backoff(attempt));
        continue;
      }
      close();
      throw error;
    }
  }

  return {
    send: (frame) => socket?.send(frame),
    isUp: () => socket !== undefined,
    waiting: () => socket?.waiting() ?? 0,
    setReading(wanted) {
      if (wanted === reading) return;
      reading = wanted;
      silence.heard();
      if (reading) socket?.resume();
      else socket?.pause();
    },
    noteProgress: () => void (failures = 0),
    close,
  };
}

function isDenied(error: unknown): boolean {
  return error instanceof PortholeError && error.code === "access_denied";
}

/** A refusal with a 4xx answer stays one; a server error or a broken line may pass. */
function isWorthRetrying(error: unknown): boolean {
  return error instanceof ConnectFailure &&
    (error.status === undefined || error.status >= 500);
}
