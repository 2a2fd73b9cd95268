import { CancelledBySignal } from "../cancelled_by_signal.ts";
import type { SignalName } from "../deps.ts";
import { END_SIGNALS, type EndSignal, isEndSignal } from "../end_signal.ts";
import type { Cancellation } from "./cancel_on_signal.ts";

/** A cancellation for many that run side by side. */
export interface SharedCancellation extends Cancellation {
  /** Ends all of them, as that signal would. */
  end(signal: EndSignal): void;
  /** The signal that came from outside. */
  heard(): EndSignal | undefined;
  /** Resolves with `work`, or with undefined some time after a second signal. */
  orGivenUp<T>(work: Promise<T>): Promise<T | undefined>;
  /** From then on signals are the outer cancellation's again. */
  stop(): void;
}

/** How long all of the work may go on after a second signal: work in a session needs a little less. */
const GIVE_UP_MS = 1_800;

/**
 * Hands each signal to all who run: to those with a session, which have handlers of their own, and to
 * those that are still on their way to one.
 */
export function shareCancellation(outer: Cancellation): SharedCancellation {
  const handlers = new Map<SignalName, Set<() => void>>();
  const cancelled = Promise.withResolvers<never>();
  // All of them may have ended by now.
  cancelled.promise.catch(() => {});
  const givenUp = Promise.withResolvers<undefined>();
  const over = new AbortController();
  let ended: EndSignal | undefined;
  let heard: EndSignal | undefined;

  function end(signal: EndSignal): void {
    ended ??= signal;
    cancelled.reject(new CancelledBySignal(ended));
    for (const handler of [...handlers.get(signal) ?? []]) handler();
  }

  function hear(signal: EndSignal): void {
    if (heard !== undefined) {
      void outer.deps.sleep(GIVE_UP_MS, over.signal)
        .then(() => givenUp.resolve(undefined));
    }
    heard ??= signal;
    end(signal);
  }

  const stops = END_SIGNALS.map((signal) =>
    outer.deps.onSignal(signal, () => hear(signal))
  );

  return {
    deps: {
      ...outer.deps,
      onSignal(signal, handler) {
        if (!isEndSignal(signal)) return outer.deps.onSignal(signal, handler);
        const own = () => handler();
        const all = handlers.get(signal) ?? new Set();
        handlers.set(signal, all.add(own));
        return () => void all.delete(own);
      },
    },
    orCancelled: (work) => Promise.race([cancelled.promise, work]),
    isCancelled: () => ended !== undefined,
    outlast: outer.outlast,
    end,
    heard: () => heard,
    orGivenUp: (work) => Promise.race([work, givenUp.promise]),
    stop() {
      over.abort();
      for (const stop of stops) stop();
    },
  };
}
