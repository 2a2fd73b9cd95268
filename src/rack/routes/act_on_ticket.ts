import type { HttpAnswer } from "../http/serve_http.ts";
import { Refusal, refuseUnseen } from "../refusal.ts";
import type { Ticket } from "../tickets/ticket.ts";
import { allows } from "../users/scope.ts";
import { answerJson, answerText } from "./format_answers.ts";
import { tellRefusal } from "./refuse_request.ts";
import type { KnownRequest, RackRoom } from "./request.ts";

/** `POST /porthole/resume`: what a client needs to go on with a session that was handed off to it. */
export async function resumeSession(
  known: KnownRequest,
  room: RackRoom,
): Promise<HttpAnswer> {
  return await act("resume", known, room, async (ticket) => {
    const { caller } = known;
    const { sessionId } = ticket;
    const sessions = room.sessionsOf(caller);
    const renewed = await sessions.renew(sessionId);
    if (renewed === undefined) {
      room.table.forget(sessionId);
      throw new Refusal(404, "the session has ended");
    }
    room.table.adopt(
      { caller, app: ticket.app, service: ticket.service, isRun: ticket.run },
      sessionId,
      ticket.opened,
    );
    return answerJson({
      tokenValue: renewed.tokenValue,
      streamUrl: await sessions.presign(renewed.streamUrl),
    });
  });
}

/** `POST /porthole/terminate`: ends a session that was handed off. */
export async function terminateSession(
  known: KnownRequest,
  room: RackRoom,
): Promise<HttpAnswer> {
  return await act("terminate", known, room, async ({ sessionId }) => {
    await room.sessionsOf(known.caller).terminateSession(sessionId);
    room.table.forget(sessionId);
    return answerText("ok\n");
  });
}

async function act(
  verb: "resume" | "terminate",
  known: KnownRequest,
  room: RackRoom,
  work: (ticket: Ticket) => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  const { exchange, caller } = known;
  try {
    const text = exchange.head.headers.get("porthole-ticket") ?? "";
    const ticket = checkTicket(known, room.readTicket(text));
    const { app, service, task, container, sessionId } = ticket;
    await room.audit.write({
      event: verb,
      user: caller.name,
      address: caller.address,
      app,
      service,
      task,
      container,
      session: sessionId,
    });
    return await work(ticket);
  } catch (error) {
    throw await tellRefusal(error, known, { verb }, room);
  }
}

/** The ticket must be the caller's own, and its service within their scope of now. */
function checkTicket(
  { user }: KnownRequest,
  ticket: Ticket | undefined,
): Ticket {
  if (ticket === undefined || ticket.user !== user.id) throw refuseUnseen();
  const verb = ticket.run ? "run" : "exec";
  if (!allows(user.scopes, verb, ticket.app, ticket.service)) {
    throw refuseUnseen();
  }
  return ticket;
}
