import * as v from "../../schema.ts";
import { PortholeError } from "../../errors.ts";
import type { RackClient } from "./create_rack_client.ts";
import { checkStream, refuseHandoff } from "./read_handoff.ts";

/** What the ticket of a session that was handed off opens, at whichever process of the rack. */
export interface TicketDoor {
  /** A new token and stream URL, which has been checked; undefined where the session has ended. */
  resume(): Promise<
    { readonly tokenValue: string; readonly streamUrl: string } | undefined
  >;
  /** Ends the session. */
  terminate(): Promise<void>;
}

const RENEWED = v.object({
  tokenValue: v.pipe(
    v.string(),
    v.regex(/^[\x21-\x7e]+$/),
    v.maxLength(16_384),
  ),
  streamUrl: v.pipe(v.string(), v.maxLength(16_384)),
});

/** Opens that door; the rack is asked nothing yet. */
export function createTicketDoor(
  client: RackClient,
  { ticket, sessionId, region }: {
    readonly ticket: string;
    readonly sessionId: string;
    readonly region: string;
  },
): TicketDoor {
  const { rack } = client;
  const ask = (verb: string) =>
    client.ask({
      method: "POST",
      path: ["porthole", verb],
      headers: { "Porthole-Ticket": ticket },
      missing: () => new SessionEnded(),
    });
  return {
    async resume() {
      let text: string;
      try {
        text = await ask("resume");
      } catch (error) {
        if (error instanceof SessionEnded) return undefined;
        throw error;
      }
      const renewed = v.safeParse(RENEWED, parse(text));
      if (!renewed.success) {
        throw refuseHandoff(rack, "its renewal is malformed");
      }
      const { streamUrl } = renewed.output;
      checkStream({ sessionId, streamUrl, region }, rack);
      return renewed.output;
    },
    async terminate() {
      await ask("terminate");
    },
  };
}

/** A rack has one answer for a session that is over, and for one that is no longer the asker's. */
class SessionEnded extends PortholeError {
  constructor() {
    super("session_lost", "Cannot resume the session: the rack has ended it");
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
