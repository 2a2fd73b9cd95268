import { CancelledBySignal } from "../cancelled_by_signal.ts";
import type { Deps, SignalName } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import { END_SIGNALS, type EndSignal, isEndSignal } from "../end_signal.ts";
import { isHangupIgnored } from "./is_hangup_ignored.ts";

/** The signals that cancel, unless another listener has taken them over. */
export interface Cancellation {
  /** A listener added through these deps replaces the cancelling one until it is removed. */
  readonly deps: Deps;
  /** Resolves with `work`, unless a signal comes first: then it rejects with CancelledBySignal. */
  orCancelled<T>(work: Promise<T>): Promise<T>;
  isCancelled(): boolean;
  /**
   * From now on no signal ends porthole at once: `onSignal` hears each burst that nobody else listens
   * to, the one that cancels too, until the returned function is called.
   */
  outlast(onSignal: () => void): () => void;
}

/**
 * Signals that come closer than this are one: whoever wants a program to end presses a key more than
 * once, and what stops jobs sends one signal after the other.
 */
const BURST_MS = 500;

/**
 * Turns signals into an orderly end. The first burst that cancels is the last that is heard here: the
 * next one ends porthole at once, as it would end any program, unless somebody has to outlast it.
 */
export async function cancelOnSignal(deps: Deps): Promise<Cancellation> {
  const hangupIgnored = await isHangupIgnored(deps);
  const cancelled = Promise.withResolvers<never>();
  // The promise may have no handler yet when the signal comes.
  cancelled.promise.catch(() => {});
  const handlers = new Map<SignalName, Set<() => void>>();
  const stopListening = new Map<EndSignal, () => void>();
  /** When a signal came last, and when any did. */
  const lastOf = new Map<EndSignal, number>();
  let last: number | undefined;
  let heard: EndSignal | undefined;
  let over = false;
  let outlasting: (() => void) | undefined;

  /** A clock that was put back ends a burst. */
  function isRecent(at: number | undefined): boolean {
    const ms = deps.now().getTime() - (at ?? -Infinity);
    return ms >= 0 && ms < BURST_MS;
  }

  function onSignal(signal: EndSignal): void {
    const ofBurst = isRecent(last);
    const isRepeated = isRecent(lastOf.get(signal));
    last = deps.now().getTime();
    lastOf.set(signal, last);
    if (isRepeated) return;
    heard ??= signal;
    const others = handlers.get(signal);
    if (others !== undefined && others.size > 0) {
      // One signal may be a key to the remote, and the next one the end: they do not count as one.
      for (const handler of [...others]) handler();
      return;
    }
    if (!over) {
      over = true;
      cancelled.reject(new CancelledBySignal(signal));
      void stopAfterBurst();
      outlasting?.();
    } else if (!ofBurst) outlasting?.();
  }

  function listen(signal: EndSignal): void {
    if (stopListening.has(signal)) return;
    stopListening.set(signal, deps.onSignal(signal, () => onSignal(signal)));
  }

  async function stopAfterBurst(): Promise<void> {
    while (isRecent(last)) await deps.sleep(BURST_MS);
    stopIfUnheard();
  }

  function stopIfUnheard(): void {
    if (!over || outlasting !== undefined || isRecent(last)) return;
    for (const [signal, stop] of [...stopListening]) {
      if ((handlers.get(signal)?.size ?? 0) > 0) continue;
      stop();
      stopListening.delete(signal);
    }
  }

  for (const signal of END_SIGNALS) {
    // Deno catches HUP as soon as any signal has a listener, and exits unless HUP has one too.
    if (signal === "SIGHUP" && hangupIgnored) deps.onSignal(signal, () => {});
    else listen(signal);
  }

  return {
    deps: {
      ...deps,
      onSignal(signal, handler) {
        if (signal === "SIGHUP" && hangupIgnored) return () => {};
        if (!isEndSignal(signal)) return deps.onSignal(signal, handler);
        const own = () => handler();
        const all = handlers.get(signal) ?? new Set();
        handlers.set(signal, all.add(own));
        listen(signal);
        return () => {
          all.delete(own);
          stopIfUnheard();
        };
      },
    },
    async orCancelled(work) {
      try {
        return await Promise.race([cancelled.promise, work]);
      } catch (error) {
        if (heard === undefined || !isPlainCancel(error)) throw error;
        throw new CancelledBySignal(heard, { message: error.message });
      }
    },
    isCancelled: () => over,
    outlast(onSignal) {
      outlasting = onSignal;
      return () => {
        outlasting = undefined;
        if (over) void stopAfterBurst();
      };
    },
  };
}

/** The picker's, which knows of no signals but its own. */
function isPlainCancel(error: unknown): error is PortholeError {
  return error instanceof PortholeError && error.code === "cancelled" &&
    !(error instanceof CancelledBySignal);
}
