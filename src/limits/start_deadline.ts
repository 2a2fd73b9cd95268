import type { Deps } from "../deps.ts";
import { formatDuration } from "../duration.ts";
import { PortholeError } from "../errors.ts";

/** A time limit that something may still be waiting for. */
export interface Deadline {
  isOver(): boolean;
  cancel(): void;
  /** Runs once, when the time is over. */
  onOver(action: () => void): void;
}

/** Starts a time limit; 0 milliseconds are none. */
export function startDeadline(
  milliseconds: number,
  deps: Pick<Deps, "sleep">,
): Deadline {
  const cancelled = new AbortController();
  const actions: (() => void)[] = [];
  let over = false;
  if (milliseconds > 0) {
    deps.sleep(milliseconds, cancelled.signal).then(() => {
      if (cancelled.signal.aborted) return;
      over = true;
      for (const action of actions) action();
    });
  }
  return {
    isOver: () => over,
    cancel: () => cancelled.abort(),
    onOver(action) {
      if (over) action();
      else actions.push(action);
    },
  };
}

/** Resolves with `opening`, unless the time is over first. */
export function orTimeout<T>(
  opening: Promise<T>,
  deadline: Deadline,
): Promise<T> {
  return new Promise((resolve, reject) => {
    opening.then(resolve, reject);
    deadline.onOver(() => reject(new Error("timed out")));
  });
}

/** The error of a time limit that is over. */
export function explainTimeout(milliseconds: number): PortholeError {
  return new PortholeError(
    "timed_out",
    `Cannot wait any longer: the session did not finish within ${
      formatDuration(milliseconds)
    }`,
    { hint: "--timeout sets the limit; 0 removes it" },
  );
}
