import type { Opened } from "../../session/rack/v1/opened.ts";
import type { OpenRequest } from "../../session/rack/v1/open_request.ts";
import { LONGEST_DATA } from "../../session/rack/v1/protocol.ts";
import type { DecidedSession } from "../../exec/decide_way.ts";
import { auditExec, type ExecAudit } from "./audit_exec.ts";
import { collectLog } from "./collect_log.ts";
import { decideRackSession } from "./decide_rack_session.ts";
import { chooseCarrier, handOff } from "./hand_off.ts";
import { openPortholeLine, type PortholeLine } from "./open_porthole_line.ts";
import { openRelayed } from "./open_relayed.ts";
import { relayBytes } from "./relay_bytes.ts";
import type { ExecCall } from "./session_call.ts";
import type { ServeExec, SessionPorts } from "./session_ports.ts";
import { type ServedEnd, settleServed, tellRelayed } from "./tell_end.ts";

/** How long a client may take to leave behind the last word, which it does at once. */
const LEAVE_MS = 10_000;

/** Serves porthole's own client. */
export const servePorthole: ServeExec = async (call, ports) => {
  const { deps } = ports;
  const line = openPortholeLine(call.accept, {
    now: () => deps.now().getTime(),
    sleep: deps.sleep,
  });
  const audit = auditExec(call, ports);
  const { word, ...facts } = await settleServed(
    serve(line, call, audit, ports),
    call.slot,
  );
  if (word !== undefined) {
    await line.send({ kind: "last_word", word });
    await deps.sleep(LEAVE_MS, line.gone);
  }
  line.close();
  await audit.end(word, facts);
  call.slot.release();
};

async function serve(
  line: PortholeLine,
  call: ExecCall,
  audit: ExecAudit,
  ports: SessionPorts,
): Promise<ServedEnd> {
  const request = await line.request;
  const { log, warnings } = collectLog(ports.log);
  const decided = await decideRackSession(request, call, ports, log);
  const carrier = await chooseCarrier(request, decided, call, ports);
  const over = AbortSignal.any([line.gone, call.slot.ended]);
  over.throwIfAborted();
  await audit.open(decided, carrier);
  const describe = (session: string | undefined): Opened =>
    describeOpened(decided, session, warnings);
  if (carrier === "handoff") {
    const handoff = await handOff(request, decided, { call, ports, over });
    const { sessionId } = handoff;
    await line.send({
      kind: "handoff",
      handoff: { ...describe(sessionId), ...handoff },
    });
    call.slot.handOff({ sessionId });
    // The client leaves when it has read it.
    await ports.deps.sleep(LEAVE_MS, line.gone);
    return { word: undefined, session: sessionId };
  }
  return await relay(request, decided, describe, { line, call, ports, over });
}

function describeOpened(
  { way: { route }, target: { container } }: DecidedSession,
  session: string | undefined,
  warnings: readonly string[],
): Opened {
  return {
    route: { kind: route.kind, because: route.because },
    container: container.name,
    runtimeId: container.runtimeId,
    session,
    warnings,
  };
}

async function relay(
  { size }: OpenRequest,
  decided: DecidedSession,
  describe: (session: string | undefined) => Opened,
  { line, call: { slot }, ports, over }: {
    readonly line: PortholeLine;
    readonly call: ExecCall;
    readonly ports: SessionPorts;
    readonly over: AbortSignal;
  },
): Promise<ServedEnd> {
  const { deps } = ports;
  const started = Promise.withResolvers<void>();
  let sessionId: string | undefined;
  const session = await openRelayed(decided, {
    deps,
    size,
    over,
    onGranted: (id) => sessionId = id,
    onStarted: started.resolve,
  });
  await Promise.race([
    started.promise.then(() =>
      line.send({ kind: "opened", opened: describe(sessionId) })
    ),
    session.exit,
    new Promise<void>((resolve) =>
      over.addEventListener("abort", () => resolve(), { once: true })
    ),
  ]);
  let cancelled = false;
  const relayed = relayBytes(session, {
    async send(stream, bytes) {
      for (let at = 0; at < bytes.length; at += LONGEST_DATA) {
        await line.send({
          kind: stream,
          bytes: bytes.subarray(at, at + LONGEST_DATA),
        });
      }
    },
    onTaken: line.give,
    gone: line.gone,
    ended: slot.ended,
  }, deps);
  line.follow((message) => {
    switch (message.kind) {
      case "stdin":
        return relayed.write(message.bytes);
      case "stdin_end":
        return relayed.closeInput();
      case "size":
        return session.resize(message.size);
      case "cancel":
        cancelled = true;
        return relayed.cancel();
      case "open":
        // The line refuses a second one.
        return;
    }
  });
  const carried = await relayed.done;
  const word = await tellRelayed(
    carried,
    { decided, session, ended: slot.ended, cancelled },
    ports,
  );
  if (word.kind === "status" || word.kind === "unknown") {
    await line.send({ kind: "output_end", stream: "stdout" });
    await line.send({ kind: "output_end", stream: "stderr" });
  }
  return {
    word,
    bytes: carried.bytes,
    ...(sessionId === undefined ? {} : { session: sessionId }),
  };
}
