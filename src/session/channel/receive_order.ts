import { OWN_LIMITS } from "../session_limits.ts";
import type { Message } from "./message.ts";

/** Puts the agent's stream messages back in order. */
export interface ReceiveOrder {
  /**
   * Takes one message in; `deliver` is what is now in order.
   *
   * `acknowledge` is false only when the message could not be kept: it will come again. A duplicate
   * is acknowledged again, or an agent that missed the first acknowledgement resends it for ever.
   */
  accept(message: Message): {
    readonly acknowledge: boolean;
    /** Whether it had not come before. */
    readonly isNew: boolean;
    readonly deliver: readonly Message[];
  };
  /** Whether later messages wait for one that is missing. */
  hasGap(): boolean;
}

/** As many as AWS's client keeps. */
const MAX_AHEAD = 10_000;

/** Expects sequence 0 first; keeps so many bytes that are ahead of their turn. */
export function createReceiveOrder(
  mostAhead: number = OWN_LIMITS.ahead,
): ReceiveOrder {
  const ahead = new Map<number, Message>();
  let aheadBytes = 0;
  let expected = 0;

  function keep(message: Message): boolean {
    if (
      ahead.size >= MAX_AHEAD ||
      aheadBytes + message.payload.length > mostAhead
    ) return false;
    // Its bytes are the connection's, and only lent.
    const payload = new Uint8Array(message.payload);
    ahead.set(message.sequence, { ...message, payload });
    aheadBytes += payload.length;
    return true;
  }

  /** Takes out the messages that are in order now. */
  function* release(): Iterable<Message> {
    for (
      let next = ahead.get(expected);
      next !== undefined;
      next = ahead.get(expected)
    ) {
      ahead.delete(expected++);
      aheadBytes -= next.payload.length;
      yield next;
    }
  }

  return {
    accept(message) {
      if (message.sequence < expected || ahead.has(message.sequence)) {
        return { acknowledge: true, isNew: false, deliver: [] };
      }
      if (message.sequence > expected) {
        const kept = keep(message);
        return { acknowledge: kept, isNew: kept, deliver: [] };
      }
      expected++;
      return {
        acknowledge: true,
        isNew: true,
        deliver: [message, ...release()],
      };
    },
    hasGap: () => ahead.size > 0,
  };
}
