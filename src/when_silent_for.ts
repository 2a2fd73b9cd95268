/** A timer that is later than this means that porthole itself was stopped meanwhile. */
export const LATE_MS = 1_000;

/**
 * Calls `action` after `milliseconds`; returns how to cancel that. For judging another by its silence.
 *
 * A process that was stopped (SIGSTOP, a frozen machine, a closed lid) has not read yet what came
 * meanwhile, and its timers fall due before it can: a timer that is late starts again.
 */
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

/**
 * What `work` comes to.
 *
 * @throws what `explain` makes of so many milliseconds without it.
 */
export async function unlessSilentFor<T>(
  milliseconds: number,
  work: Promise<T>,
  explain: () => Error,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const cancel = whenSilentFor(milliseconds, () => late.reject(explain()));
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    cancel();
  }
}
