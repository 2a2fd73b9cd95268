import { CancelledBySignal } from "../../cancelled_by_signal.ts";
import { PortholeError } from "../../errors.ts";
import { cancelOnSignal } from "../../limits/cancel_on_signal.ts";
import type { DeferredChannel } from "../../session/channel/defer_channel.ts";
import type { AgentGreeting } from "../../session/channel/handshake.ts";
import { openPortSession } from "../../session/port/open_port_session.ts";
import { listenOnPorts } from "../forward/listen_on_ports.ts";
import { serveConnections } from "../forward/serve_connections.ts";
import { carryStream } from "./carry_stream.ts";
import type { CallTools } from "./call_tools.ts";

const ADDRESS = "127.0.0.1";

/** Carries a port session: connections to a local port, or our own streams as one connection, as ssh wants it. */
export async function carryPort(
  deferred: DeferredChannel,
  { properties }: AgentGreeting,
  tools: CallTools,
): Promise<number> {
  if (properties["type"] !== "LocalPortForwarding") {
    return await carryStream(deferred, "Port", tools, { raw: true });
  }
  const { call: { grant: { sessionId } }, access, deps, log } = tools;
  const cancellation = await cancelOnSignal(deps);
  deps.stdout.writeText(`\nStarting session with SessionId: ${sessionId}\n`);
  const session = await openPortSession(deferred.attach, { keepAlive: false }, {
    sleep: deps.sleep,
    terminate: () => access.terminateSession(sessionId),
    onCustomerMessage: (text) => deps.stdout.writeText(`${text}\n`),
    onInterruption: log.info,
    onStuck: (milliseconds) =>
      log.warn(
        `Closed a connection: its program read nothing for ${
          milliseconds / 1_000
        } s, and held up the others`,
      ),
  });
  try {
    const [port] = listenOnPorts(
      {
        address: ADDRESS,
        ports: [{
          local: readPort(properties["localPortNumber"]),
          port: readPort(properties["portNumber"]) || 1,
        }],
      },
      deps,
      {
        another: "localPortNumber names another local port",
        anyFree: "0 is any that is free",
      },
    );
    deps.stdout.writeText(
      `Port ${
        port!.local
      } opened for sessionId ${sessionId}.\nWaiting for connections...\n`,
    );
    void serveConnections(port!, () =>
      Promise.resolve({
        container: "",
        open: () => Promise.resolve(session.open()),
        refusal: "Connection to destination port failed, check SSM Agent logs.",
      }), { deps, log });
    const error = await cancellation.orCancelled(session.ended);
    if (error !== undefined) throw error;
    return 0;
  } catch (error) {
    if (error instanceof CancelledBySignal) return 0;
    throw error;
  } finally {
    await session.end();
    deps.stdout.writeText(
      `\n\nExiting session with sessionId: ${sessionId}.\n\n`,
    );
  }
}

/** 0, which is any port, where the document names none. */
function readPort(value: unknown): number {
  if (value === undefined || value === "") return 0;
  const text = String(value);
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new PortholeError("session_refused", {
    cannot: "forward the port",
    because: "the session names a port that is not a number up to 65535",
  });
}
