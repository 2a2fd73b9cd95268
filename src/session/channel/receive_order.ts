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
    readonly deliver: readonly Message[];
  };
  /** Whether later messages wait for one that is missing. */
  hasGap(): boolean;
}

/** As many as AWS's client keeps. */
const MAX_AHEAD = 10_000;

/** Expects sequence 0 first. */
export function createReceiveOrder(): ReceiveOrder {
  const ahead = new Map<number, Message>();
  let expected = 0;
  return {
    accept(message) {
      if (message.sequence < expected) {
        return { acknowledge: true, deliver: [] };
      }
      if (message.sequence > expected) {
        if (ahead.size >= MAX_AHEAD && !ahead.has(message.sequence)) {
          return { acknowledge: false, deliver: [] };
        }
        // Its bytes are the connection's, and only lent.
        ahead.set(message.sequence, {
          ...message,
          payload: new Uint8Array(message.payload),
        });
        return { acknowledge: true, deliver: [] };
      }
      const deliver = [message];
      expected++;
      for (
        let next = ahead.get(expected);
        next !== undefined;
        next = ahead.get(expected)
      ) {
        ahead.delete(expected++);
        deliver.push(next);
      }
      return { acknowledge: true, deliver };
    },
    hasGap: () => ahead.size > 0,
  };
}
