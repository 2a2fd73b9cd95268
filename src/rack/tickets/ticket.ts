import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import * as v from "../../schema.ts";
import type { TicketFacts } from "../sessions/session_call.ts";

/** The keys of tickets: the first signs, all verify. */
export type TicketKeys = readonly [Uint8Array, ...Uint8Array[]];

/** What a ticket that was signed here says. */
export interface Ticket extends TicketFacts {
  readonly until: Date;
}

const LONGEST_TICKET = 8 * 1024;
const LEAST_KEY = 32;

const FIELDS = v.strictObject({
  v: v.literal(1),
  rack: v.string(),
  app: v.string(),
  service: v.string(),
  run: v.boolean(),
  session: v.string(),
  target: v.string(),
  task: v.string(),
  container: v.string(),
  user: v.string(),
  opened: v.number(),
  until: v.number(),
});

/** Reads one or two keys, a line each; undefined where one is shorter than 32 characters, or there are more. */
export function parseTicketKeys(text: string): TicketKeys | undefined {
  const lines = text.split("\n").map((line) => line.trim()).filter((line) =>
    line !== ""
  );
  const [first, second, ...more] = lines.map((line) => Buffer.from(line));
  if (first === undefined || more.length > 0) return undefined;
  const keys: TicketKeys = second === undefined ? [first] : [first, second];
  return keys.every((key) => key.length >= LEAST_KEY) ? keys : undefined;
}

/** Makes the ticket of a session: who has it, and the token of its user, may resume and end the session. */
export function signTicket(
  { sessionId, opened, ...facts }: TicketFacts,
  { rack, until, keys }: {
    readonly rack: string;
    readonly until: Date;
    readonly keys: TicketKeys;
  },
): string {
  const text = JSON.stringify({
    v: 1,
    rack,
    app: facts.app,
    service: facts.service,
    run: facts.run,
    session: sessionId,
    target: facts.target,
    task: facts.task,
    container: facts.container,
    user: facts.user,
    opened: opened.getTime(),
    until: until.getTime(),
  });
  const payload = Buffer.from(text).toString("base64url");
  return `${payload}.${seal(payload, keys[0]).toString("base64url")}`;
}

/** Reads a ticket; undefined for one of another rack, past its time, changed, or signed with another key. */
export function readTicket(
  ticket: string,
  { rack, now, keys }: {
    readonly rack: string;
    readonly now: Date;
    readonly keys: TicketKeys;
  },
): Ticket | undefined {
  if (ticket.length > LONGEST_TICKET) return undefined;
  const [, payload = "", mac = ""] =
    /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/.exec(ticket) ?? [];
  const given = Buffer.from(mac, "base64url");
  // The text counts, too: its last character has bits that the bytes do not show.
  if (given.toString("base64url") !== mac || given.length !== 32) {
    return undefined;
  }
  const isOurs = keys.map((key) => timingSafeEqual(seal(payload, key), given))
    .includes(true);
  if (!isOurs) return undefined;
  const { success, output } = v.safeParse(FIELDS, parseJson(payload));
  if (!success || output.rack !== rack || output.until <= now.getTime()) {
    return undefined;
  }
  const { app, service, run, session, target, task, container, user } = output;
  return {
    app,
    service,
    run,
    sessionId: session,
    target,
    task,
    container,
    user,
    opened: new Date(output.opened),
    until: new Date(output.until),
  };
}

function seal(payload: string, key: Uint8Array): Buffer {
  return createHmac("sha256", key).update(`porthole-ticket:${payload}`)
    .digest();
}

function parseJson(payload: string): unknown {
  try {
    return JSON.parse(Buffer.from(payload, "base64url").toString());
  } catch {
    return undefined;
  }
}
