import type { Deps } from "../../deps.ts";
import { messageOf } from "../../errors.ts";
import { leftBeforeAccepted } from "../../left_before_accepted.ts";
import type { Log } from "../../log.ts";
import { joinConnection } from "../../session/port/join_connection.ts";
import type { PortStream } from "../../session/port/port_stream.ts";
import type { LocalPort } from "./listen_on_ports.ts";

/** A way to a remote port. */
export interface PortWay {
  /** The name of the container that it leads through. */
  readonly container: string;
  /** Opens a connection; rejects where it is known at once that there is none. */
  open(): Promise<PortStream>;
  /** What is said where the remote took no connection. */
  readonly refusal: string;
}

/** The system has no sockets left, as a rule: connections that end give some back. */
const AFTER_FAILURE_MS = 1_000;
/** A program that tries again and again is told once in so long. */
const TELL_EVERY_MS = 1_000;
/** Connections beyond these wait to be accepted. */
const MOST_CONNECTIONS = 1_000;

/** Joins each program that connects to a port with the remote end, until the listener is closed. */
export async function serveConnections(
  { listener, local: port }: LocalPort,
  currentWay: () => Promise<PortWay>,
  { deps, log }: {
    readonly deps: Pick<Deps, "now" | "sleep">;
    readonly log: Pick<Log, "warn" | "debug">;
  },
): Promise<void> {
  const open = new Set<Promise<void>>();
  let toldAt = -Infinity;

  function tell(text: string): void {
    const now = deps.now().getTime();
    if (now - toldAt < TELL_EVERY_MS) return;
    toldAt = now;
    log.warn(text);
  }

  async function serve(connection: Deno.TcpConn): Promise<void> {
    try {
      const way = await currentWay();
      connection.setNoDelay(true);
      const remote = await way.open();
      await joinConnection(connection, remote, deps);
      if (remote.isRefused()) tell(way.refusal);
    } catch (error) {
      tell(messageOf(error));
      connection.close();
    }
  }

  for (;;) {
    while (open.size >= MOST_CONNECTIONS) await Promise.race(open);
    let connection: Deno.TcpConn;
    try {
      connection = await listener.accept();
    } catch (error) {
      if (error instanceof Deno.errors.BadResource) return;
      if (leftBeforeAccepted(error)) continue;
      tell(`Cannot accept a connection on port ${port}: ${messageOf(error)}`);
      await deps.sleep(AFTER_FAILURE_MS);
      continue;
    }
    log.debug(`Port ${port}: a connection (${open.size + 1} open)`);
    const serving = serve(connection).finally(() => open.delete(serving));
    open.add(serving);
  }
}
