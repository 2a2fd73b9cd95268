import {
  explainFailure,
  explainRefusal,
  type RackClient,
} from "../access/rack/create_rack_client.ts";
import type { OpenLine } from "../access/rack/create_rack_sessions.ts";
import type { Rack } from "../access/rack/rack.ts";
import type { Deps } from "../deps.ts";
import { ConnectFailure } from "../session/channel/connect_failure.ts";
import {
  type RawSocket,
  type SocketEvents,
  upgradeConnection,
} from "../session/channel/connect_socket.ts";
import { openExec, type RackLine } from "../session/rack/open_exec.ts";
import { RackRefused } from "../session/rack/v1/open_on_rack.ts";
import { RACK_PROTOCOL } from "../session/rack/v1/protocol.ts";
import { whenSilentFor } from "../when_silent_for.ts";
import { connectRack } from "./connect_rack.ts";

/** A Convox rack answers an upgrade before it looks for the process. */
const UPGRADE_TIMEOUT_MS = 20_000;

/** Opens lines to a rack. */
export function dialRack(
  rack: Rack,
  deps: Pick<Deps, "env" | "sleep">,
): OpenLine<RackLine> {
  return (url, headers) =>
    openExec({
      rackName: rack.name,
      sleep: deps.sleep,
      dial: (events) => dial(rack, { url, headers, events }, deps),
    });
}

/** Opens a line that speaks porthole.rack.v1; nothing but the token and the protocol goes before it. */
export async function dialPorthole(
  { rack, urlOf, authorization }: RackClient,
  path: readonly string[],
  events: SocketEvents,
  deps: Pick<Deps, "env">,
): Promise<RawSocket> {
  const headers = {
    Authorization: authorization(),
    "Sec-WebSocket-Protocol": RACK_PROTOCOL,
  };
  return await dial(rack, { url: urlOf(path), headers, events }, deps);
}

async function dial(
  rack: Rack,
  { url, headers, events }: {
    readonly url: URL;
    readonly headers: Readonly<Record<string, string>>;
    readonly events: SocketEvents;
  },
  deps: Pick<Deps, "env">,
): Promise<RawSocket> {
  let late = false;
  try {
    const connection = await connectRack(rack, deps);
    const cancel = whenSilentFor(UPGRADE_TIMEOUT_MS, () => {
      late = true;
      connection.close();
    });
    try {
      return await upgradeConnection(connection, url, headers, events);
    } catch (error) {
      if (!late) connection.close();
      throw error;
    } finally {
      cancel();
    }
  } catch (error) {
    if (error instanceof ConnectFailure && error.status !== undefined) {
      const { status, said = "" } = error;
      const refusal = explainRefusal(rack, status, said);
      if (status !== 503) throw refusal;
      // Nothing has been opened: it is about to stop, or cannot read what it needs.
      const { code, message, hint } = refusal;
      throw new RackRefused(code, message, { hint, retry: true });
    }
    throw explainFailure(
      late
        ? new ConnectFailure(`no answer within ${UPGRADE_TIMEOUT_MS / 1000} s`)
        : error,
      rack,
    );
  }
}
