import { serveConvox } from "./serve_convox.ts";
import { servePorthole } from "./serve_porthole.ts";
import type { ServeExec } from "./session_ports.ts";

/** Serves an exec to its end, in the words of the client that asks. */
export const serveExec: ServeExec = async (call, ports) => {
  const { dialect } = call;
  try {
    if (dialect.kind === "porthole") await servePorthole(call, ports);
    else await serveConvox({ ...call, dialect }, ports);
  } catch {
    // Each tells its client and the audit of whatever fails; what fails beyond that has nobody left to tell.
    ports.log.warn("An exec could not be served to its end");
    call.slot.release();
  }
};
