import type { Random } from "./seeded_random.ts";

/** The faults of one direction of a link. */
export type LinkFaults = {
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
  readonly delayMs: number;
};

/** A way for frames that may lose, repeat, swap and delay them. */
export type FaultyLink<T> = {
  pass(frame: T): void;
  /** Forgets what is on the way. */
  close(): void;
};

type Timer = ReturnType<typeof setTimeout>;

// A frame that waits to be overtaken, with none behind it, goes on after this.
const overtakeMs = 15;

/** Puts faults between a sender and `deliver`; without any it is `deliver` itself. */
export function makeFaultyLink<T>(
  faults: LinkFaults,
  random: Random,
  deliver: (frame: T) => void,
): FaultyLink<T> {
  const { loss, duplicate, reorder, delayMs } = faults;
  if (loss + duplicate + reorder + delayMs === 0) {
    return { pass: deliver, close() {} };
  }
  const timers = new Set<Timer>();
  let waiting: { readonly frame: T; readonly timer: Timer } | undefined;

  function later(work: () => void, ms: number): Timer {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
    return timer;
  }

  function drop(timer: Timer): void {
    clearTimeout(timer);
    timers.delete(timer);
  }

  function send(frame: T): void {
    if (delayMs > 0) later(() => deliver(frame), delayMs);
    else deliver(frame);
  }

  return {
    pass(frame) {
      // Three draws for every frame, so that one fault's rate does not change
      // where another one falls.
      const lost = random() < loss;
      const twice = random() < duplicate;
      const overtaken = random() < reorder;
      if (lost) return;
      if (overtaken && waiting === undefined) {
        waiting = {
          frame,
          timer: later(() => {
            waiting = undefined;
            send(frame);
          }, overtakeMs),
        };
        if (twice) send(frame);
        return;
      }
      send(frame);
      if (twice) send(frame);
      if (waiting !== undefined) {
        const { frame: overtakenFrame, timer } = waiting;
        drop(timer);
        waiting = undefined;
        send(overtakenFrame);
      }
    },
    close() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      waiting = undefined;
    },
  };
}
