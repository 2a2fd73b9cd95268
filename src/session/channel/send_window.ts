import { createRoundTrip } from "./round_trip.ts";

/** One frame that went out and was not acknowledged yet. */
interface Pending {
  readonly sequence: number;
  readonly frame: Uint8Array;
  /** When its latest copy went out. */
  sentAt: number;
  dueAt: number;
  attempts: number;
}

/**
 * The unacknowledged frames of our direction: how many may be under way, and which to send again.
 *
 * AWS's client resends only the oldest. Here every frame that is overdue and was overtaken by an
 * acknowledged one goes out again too, so that a lossy line costs one round trip and not one per
 * frame; those behind may not be lost but wait: an agent acknowledges in order, and only as fast as
 * the remote reads. So once the copy of a frame arrived, what went out before that copy is sent
 * again two frames at a time: a lost window comes back in a few round trips, each twice as large,
 * and an agent that is slow gets no more than that for each frame that it takes.
 */
export interface SendWindow {
  /** Whether one more data frame may be sent now. */
  hasRoom(): boolean;
  /** Whether nothing is waiting for an acknowledgement. */
  isEmpty(): boolean;
  /** Takes the next sequence number; call it when sending, never when queueing. */
  nextSequence(): number;
  /** Gives a frame of so many bytes its place: one that an acknowledged frame has left, where there is one. */
  takeBuffer(size: number): Uint8Array;
  /** Keeps a frame until it is acknowledged; its bytes may then be overwritten. */
  add(sequence: number, frame: Uint8Array, now: number): void;
  /** Takes an acknowledgement in: whether it is the first for its frame, and what to send again now. */
  acknowledge(sequence: number, now: number): Acknowledged;
  /** The frames to send again at `now`; each is given a new due time. */
  takeDue(now: number): readonly Uint8Array[];
  /** When the next frame falls due; undefined when none is waiting. */
  nextDue(): number | undefined;
  /** Makes every frame due immediately: after a reconnection it is unknown what arrived. */
  expireAll(now: number): void;
}

/** What an acknowledgement means. */
export interface Acknowledged {
  readonly isNew: boolean;
  readonly again: readonly Uint8Array[];
}

const FIRST_SIZE = 64;
const MAX_SIZE = 512;
/** Every frame of input fits; what is longer is rare, and not kept. */
const BUFFER_SIZE = 1280;
const MAX_RESEND_DELAY_MS = 1000;
const AGAIN_FOR_EACH_COPY = 2;

/** An empty window at sequence 0. */
export function createSendWindow(): SendWindow {
  const roundTrip = createRoundTrip();
  const pending = new Map<number, Pending>();
  /** Frames made anew for each message would outlive a quick garbage collection: see createByteStore. */
  const free: Uint8Array[] = [];
  let next = 0;
  let size = FIRST_SIZE;
  /** Frames before this number were overtaken. */
  let overtaken = 0;

  /** The frames that may be sent again, once their time has come. */
  function* resendable(): Iterable<Pending> {
    let isOldest = true;
    for (const entry of pending.values()) {
      if (!isOldest && entry.sequence >= overtaken) return;
      yield entry;
      isOldest = false;
    }
  }

  /** Notes that a frame goes out once more; each time its answer is waited for twice as long. */
  function repeat(entry: Pending, now: number): Uint8Array {
    const delay = roundTrip.timeout() * 2 ** entry.attempts++;
    entry.sentAt = now;
    entry.dueAt = now + Math.min(MAX_RESEND_DELAY_MS, delay);
    return entry.frame;
  }

  /** The oldest frames whose latest copy went out before `sentAt`, and that nothing was heard of since. */
  function takeBefore(sentAt: number, now: number): readonly Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (const entry of pending.values()) {
      if (frames.length === AGAIN_FOR_EACH_COPY) break;
      if (entry.sentAt >= sentAt || entry.dueAt > now) continue;
      frames.push(repeat(entry, now));
    }
    return frames;
  }

  return {
    hasRoom: () => pending.size < size,
    isEmpty: () => pending.size === 0,
    nextSequence: () => next++,
    takeBuffer: (size) =>
      size > BUFFER_SIZE
        ? new Uint8Array(size)
        : (free.pop() ?? new Uint8Array(BUFFER_SIZE)),
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
      if (entry === undefined) return { isNew: false, again: [] };
      pending.delete(sequence);
      if (entry.frame.buffer.byteLength === BUFFER_SIZE) {
        free.push(new Uint8Array(entry.frame.buffer));
      }
      overtaken = Math.max(overtaken, sequence);
      // The acknowledgement of a frame sent twice may belong to either: it measures nothing.
      if (entry.attempts > 1) {
        return { isNew: true, again: takeBefore(entry.sentAt, now) };
      }
      roundTrip.measure(now - entry.sentAt);
      size = Math.min(MAX_SIZE, size + 1);
      return { isNew: true, again: [] };
    },
    takeDue(now) {
      const due: Uint8Array[] = [];
      for (const entry of resendable()) {
        if (entry.dueAt <= now) due.push(repeat(entry, now));
      }
      if (due.length > 0) size = Math.max(FIRST_SIZE, size >> 1);
      return due;
    },
    nextDue() {
      let earliest: number | undefined;
      for (const { dueAt } of resendable()) {
        if (earliest === undefined || dueAt < earliest) earliest = dueAt;
      }
      return earliest;
    },
    expireAll(now) {
      overtaken = next;
      for (const entry of pending.values()) entry.dueAt = now;
    },
  };
}
