import { createRoundTrip } from "./round_trip.ts";

/** One frame that went out and was not acknowledged yet. */
interface Pending {
  readonly sequence: number;
  readonly frame: Uint8Array;
  sentAt: number;
  dueAt: number;
  attempts: number;
}

/**
 * The unacknowledged frames of our direction: how many may be under way, and which to send again.
 *
 * AWS's client resends only the oldest; here every overdue frame goes out again, each with its own
 * doubling delay, so that a lossy line costs one round trip and not one per frame.
 */
export interface SendWindow {
  /** Whether one more data frame may be sent now. */
  hasRoom(): boolean;
  /** Whether nothing is waiting for an acknowledgement. */
  isEmpty(): boolean;
  /** Takes the next sequence number; call it when sending, never when queueing. */
  nextSequence(): number;
  add(sequence: number, frame: Uint8Array, now: number): void;
  acknowledge(sequence: number, now: number): void;
  /** The frames to send again at `now`; each is given a new due time. */
  takeDue(now: number): readonly Uint8Array[];
  /** When the next frame falls due; undefined when none is waiting. */
  nextDue(): number | undefined;
  /** Makes every frame due at once: after a reconnection nobody knows what arrived. */
  expireAll(now: number): void;
}

const FIRST_SIZE = 64;
const MAX_SIZE = 512;
const MAX_RESEND_DELAY_MS = 1000;

/** An empty window at sequence 0. */
export function createSendWindow(): SendWindow {
  const roundTrip = createRoundTrip();
  const pending = new Map<number, Pending>();
  let next = 0;
  let size = FIRST_SIZE;

  return {
    hasRoom: () => pending.size < size,
    isEmpty: () => pending.size === 0,
    nextSequence: () => next++,
    add(sequence, frame, now) {
      pending.set(sequence, {
        sequence,
        frame,
        sentAt: now,
        dueAt: now + roundTrip.timeout(),
        attempts: 1,
      });
    },
    acknowledge(sequence, now) {
      const entry = pending.get(sequence);
      if (entry === undefined) return;
      pending.delete(sequence);
      // The acknowledgement of a frame sent twice may belong to either: it measures nothing.
      if (entry.attempts === 1) {
        roundTrip.measure(now - entry.sentAt);
        size = Math.min(MAX_SIZE, size + 1);
      }
    },
    takeDue(now) {
      const due: Uint8Array[] = [];
      for (const entry of pending.values()) {
        if (entry.dueAt > now) continue;
        entry.attempts++;
        const delay = roundTrip.timeout() *
          2 ** Math.min(entry.attempts - 1, 4);
        entry.dueAt = now + Math.min(MAX_RESEND_DELAY_MS, delay);
        due.push(entry.frame);
      }
      if (due.length > 0) size = Math.max(FIRST_SIZE, size >> 1);
      return due;
    },
    nextDue() {
      let earliest: number | undefined;
      for (const { dueAt } of pending.values()) {
        if (earliest === undefined || dueAt < earliest) earliest = dueAt;
      }
      return earliest;
    },
    expireAll(now) {
      for (const entry of pending.values()) entry.dueAt = now;
    },
  };
}
