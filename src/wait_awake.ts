import type { Deps } from "./deps.ts";

/** A timer that is later than this tells that porthole itself was stopped meanwhile. */
export const LATE_MS = 1_000;

/**
 * Waits for `milliseconds` in which porthole itself was running; returns at once when `signal` aborts.
 *
 * For judging another by its silence. A process that was stopped (SIGSTOP, a frozen machine, a closed
 * lid) has not read yet what came meanwhile, and its timers fall due before it can: a wait that ends
 * late begins again.
 */
export async function waitAwake(
  milliseconds: number,
  { now, sleep }: Pick<Deps, "now" | "sleep">,
  signal?: AbortSignal,
): Promise<void> {
  for (;;) {
    const due = now().getTime() + milliseconds;
    await sleep(milliseconds, signal);
    if (signal?.aborted || now().getTime() - due <= LATE_MS) return;
  }
}

/** Calls `action` after such a wait; returns how to cancel it. For code that has the clock for itself. */
export function whenSilentFor(
  milliseconds: number,
  action: () => void,
): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const arm = () => {
    const due = Date.now() + milliseconds;
    timer = setTimeout(
      () => Date.now() - due <= LATE_MS ? action() : arm(),
      milliseconds,
    );
  };
  arm();
  return () => clearTimeout(timer);
}
