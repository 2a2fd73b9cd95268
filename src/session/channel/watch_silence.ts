import { LATE_MS } from "../../when_silent_for.ts";

/** A peer that counts as alive while something arrives from it. */
export interface SilenceWatch {
  /** Something came from the peer. */
  heard(): void;
  stop(): void;
}

const LOOK_EVERY_MS = 5_000;

/**
 * Calls `onSilent` once nothing was heard for longer than `limitMs`, and again while that lasts.
 *
 * It counts looks that came in time, and not the clock: after a stop of porthole itself (SIGSTOP, a
 * frozen machine, a closed lid) what came meanwhile has not been read, so a late look begins the
 * count again.
 */
export function watchSilence(
  limitMs: number,
  { now, onSilent }: {
    readonly now: () => number;
    readonly onSilent: (silenceMs: number) => void;
  },
): SilenceWatch {
  let looks = 0;
  let lastLook = now();
  const timer = setInterval(() => {
    const sinceLast = now() - lastLook;
    lastLook += sinceLast;
    const late = sinceLast < 0 || sinceLast > LOOK_EVERY_MS + LATE_MS;
    looks = late ? 0 : looks + 1;
    if (looks * LOOK_EVERY_MS > limitMs) onSilent(looks * LOOK_EVERY_MS);
  }, LOOK_EVERY_MS);
  return {
    heard: () => void (looks = 0),
    stop: () => clearInterval(timer),
  };
}
