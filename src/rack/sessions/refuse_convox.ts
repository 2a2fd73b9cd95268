import type {
  RawSocket,
  SocketEvents,
} from "../../session/channel/connect_socket.ts";

/** What stands before the status in Convox's last text message (convox/convox, sdk/sdk.go). */
export const CONVOX_MARKER = "F1E49A85-0AD7-4AEF-A618-C249C6E6568D:";

/** How long a client gets to read its last messages and leave. */
const LEAVE_MS = 60_000;

const encoder = new TextEncoder();

/**
 * Tells Convox's command line why there is no session. After the upgrade, because it ends with 0 where an upgrade is
 * refused; with a status of 125 as a message of its own, for the same reason.
 */
export async function refuseConvox(
  accept: (events: SocketEvents) => RawSocket,
  text: string,
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>,
): Promise<void> {
  const left = new AbortController();
  const socket = accept({
    onText: () => {},
    onBinary: () => {},
    onAlive: () => {},
    onClose: () => left.abort(),
  });
  socket.sendRawText(encoder.encode(`ERROR: ${text}\n`));
  await endConvox(socket, 125, left.signal, sleep);
}

/**
 * Sends the status as Convox's clients expect it: in a message of its own, and then an empty binary one. Resolves
 * when the client has left, or has had its time to: a connection that is closed earlier loses what is on its way.
 */
export async function endConvox(
  socket: RawSocket,
  status: number,
  /** Aborted when the client has left. */
  left: AbortSignal,
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>,
): Promise<void> {
  socket.sendRawText(encoder.encode(`${CONVOX_MARKER}${status}\n`));
  socket.send(new Uint8Array(0));
  await sleep(LEAVE_MS, left);
  socket.close();
}
