/** Estimates how long an acknowledgement takes, in milliseconds, as AWS's own client does. */
export interface RoundTrip {
  /** How long to wait for an acknowledgement before sending again. */
  timeout(): number;
  /** Takes one measured round trip in. */
  measure(milliseconds: number): void;
}

const MAX_TIMEOUT_MS = 1000;

/** Starts at 100 ms without variance, hence a first timeout of 200 ms. */
export function createRoundTrip(): RoundTrip {
  let smoothed = 100;
  let variation = 0;
  let timeout = 200;
  return {
    timeout: () => timeout,
    measure(milliseconds) {
      variation = 0.75 * variation + 0.25 * Math.abs(smoothed - milliseconds);
      smoothed = 0.875 * smoothed + 0.125 * milliseconds;
      timeout = Math.min(
        MAX_TIMEOUT_MS,
        smoothed + Math.max(10, 4 * variation),
      );
    },
  };
}
