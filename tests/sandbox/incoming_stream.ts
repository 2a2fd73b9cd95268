import type { Message } from "./message_codec.ts";

/** The agent's side of ordered receipt. */
export type IncomingStream = {
  /** Takes an input message in: it is processed, kept for later, or known already. */
  receive(message: Message): void;
  /** Whether a message is being processed that cannot go on, e.g. because the pty is full. */
  blocked(): boolean;
  /** Accepted frames and payload bytes; and frames that came again. */
  counts(): {
    readonly frames: number;
    readonly bytes: number;
    readonly duplicates: number;
  };
};

/** How many messages ahead of their turn the agent keeps. */
const mostBuffered = 10_000;

/**
 * Starts a stream at number 0. `process` returns nothing when it is done, or a
 * promise when it has to wait; a message is acknowledged after it is processed,
 * one that is ahead when it arrives, one that came before each time it comes.
 * A message whose acknowledgement cannot be sent is processed and not counted:
 * when it comes again it is processed again.
 */
export function startIncomingStream(
  process: (message: Message) => void | Promise<void>,
  /** Returns whether it could be sent. */
  acknowledge: (message: Message) => boolean,
  onBlocked: (blocked: boolean) => void,
): IncomingStream {
  let expected = 0;
  let bytes = 0;
  let duplicates = 0;
  let blocked = false;
  const ahead = new Map<number, Message>();
  const backlog: Message[] = [];

  /** Returns whether the next message may follow at once. */
  function accept(message: Message, acknowledged: boolean): boolean {
    const waiting = process(message);
    if (waiting === undefined) {
      finish(message, acknowledged);
      return true;
    }
    blocked = true;
    onBlocked(true);
    waiting.then(() => {
      finish(message, acknowledged);
      blocked = false;
      if (drain()) onBlocked(false);
    });
    return false;
  }

  function finish(message: Message, acknowledged: boolean): void {
    // What was acknowledged when it came ahead is so once more, which does no harm.
    if (!acknowledge(message) && !acknowledged) return;
    expected++;
    bytes += message.payload.length;
  }

  function drain(): boolean {
    for (;;) {
      const due = ahead.get(expected);
      if (due !== undefined) {
        ahead.delete(expected);
        if (!accept(due, true)) return false;
        continue;
      }
      const next = backlog.shift();
      if (next === undefined) return true;
      if (!take(next)) return false;
    }
  }

  function take(message: Message): boolean {
    if (message.sequenceNumber < expected) {
      duplicates++;
      acknowledge(message);
      return true;
    }
    if (message.sequenceNumber > expected) {
      if (ahead.size >= mostBuffered) return true;
      if (ahead.has(message.sequenceNumber)) duplicates++;
      ahead.set(message.sequenceNumber, message);
      acknowledge(message);
      return true;
    }
    return accept(message, false);
  }

  return {
    receive(message) {
      if (blocked) backlog.push(message);
      else if (take(message) && ahead.size > 0) drain();
    },
    blocked: () => blocked,
    counts: () => ({ frames: expected, bytes, duplicates }),
  };
}
