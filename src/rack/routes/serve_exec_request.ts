import type { TerminalSize } from "../../session/session.ts";
import type { UpgradeRequest } from "../http/check_upgrade.ts";
import { BadRequest, decodeHeader } from "../http/parse_head.ts";
import { Refusal, refuseUnseen } from "../refusal.ts";
import { refuseConvox } from "../sessions/refuse_convox.ts";
import type { Dialect, ExecCall, Place } from "../sessions/session_call.ts";
import { allows } from "../users/scope.ts";
import { checkRate, tellRefusal } from "./refuse_request.ts";
import { generationOf, type KnownRequest, type RackRoom } from "./request.ts";

/** The subprotocol of porthole's own clients. */
export const PROTOCOL = "porthole.rack.v1";

/** `GET …/processes/P/exec`: to the end of the session. */
export async function serveExecRequest(
  known: KnownRequest,
  { app, pid }: { readonly app: string; readonly pid: string },
  upgrade: UpgradeRequest | undefined,
  room: RackRoom,
): Promise<void> {
  if (upgrade === undefined) throw refuseUnseen();
  const { exchange, caller } = known;
  const isPorthole = upgrade.protocols.includes(PROTOCOL);
  const dialect = isPorthole
    ? { kind: "porthole" } as const
    : readConvoxHead(exchange.head.headers);
  if (exchange.head.query) {
    // Load balancers write it down.
    throw new Refusal(
      400,
      "a query is not allowed here: the command goes in the header Command",
    );
  }
  const accept: ExecCall["accept"] = (events) =>
    exchange.upgrade(events, {
      key: upgrade.key,
      ...(isPorthole ? { protocol: PROTOCOL } : {}),
    });
  let call: ExecCall;
  try {
    checkRate(known, room);
    const place = await findPlace(known, app, pid, room);
    const slot = room.table.open({ caller, ...place });
    call = { caller, place, dialect, slot, accept };
  } catch (error) {
    const refusal = await tellRefusal(
      error,
      known,
      { verb: "exec", app },
      room,
    );
    if (isPorthole) throw refusal;
    return await refuseConvox(accept, refusal.message, room.deps.sleep);
  }
  try {
    await room.exec(call);
  } finally {
    call.slot.release();
  }
}

/** Entering a service's task needs exec; the tasks that the caller has run are theirs. */
async function findPlace(
  { user }: KnownRequest,
  app: string,
  pid: string,
  room: RackRoom,
): Promise<Place> {
  const { task, service, isRun } = await room.lookUp.findTask(user, app, pid);
  if (!isRun && !allows(user.scopes, "exec", app, service)) {
    throw refuseUnseen();
  }
  return { app, generation: generationOf(room, app), service, isRun, task };
}

function readConvoxHead(headers: ReadonlyMap<string, string>): Dialect {
  const command = decodeHeader(headers.get("command") ?? "");
  if (command === "") throw new BadRequest(400, "the command is missing");
  const size = readSize(headers);
  return {
    kind: "convox",
    command,
    tty: headers.get("tty") !== "false",
    entrypoint: headers.get("entrypoint") === "true",
    ...(size === undefined ? {} : { size }),
  };
}

function readSize(
  headers: ReadonlyMap<string, string>,
): TerminalSize | undefined {
  const [columns, rows] = ["width", "height"].map((name) => {
    const value = headers.get(name) ?? "";
    return /^[1-9][0-9]{0,4}$/.test(value) ? Number(value) : undefined;
  });
  return columns === undefined || rows === undefined
    ? undefined
    : { columns, rows };
}
