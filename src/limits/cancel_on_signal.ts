import { CancelledBySignal } from "../cancelled_by_signal.ts";
import type { Deps, SignalName } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import type { EndSignal } from "../end_signal.ts";
import { isHangupIgnored } from "./is_hangup_ignored.ts";

/** The signals that cancel, as long as nobody else listens to them. */
export interface Cancellation {
  /** Whoever listens to a signal through these has it for himself until he stops. */
  readonly deps: Deps;
  /** Resolves with `work`, unless a signal comes first: then it rejects with CancelledBySignal. */
  orCancelled<T>(work: Promise<T>): Promise<T>;
  isCancelled(): boolean;
  /**
   * From now on no signal ends porthole at once: `onSignal` hears each that nobody else listens to,
   * the one that cancels too, until the returned function is called.
   */
  outlast(onSignal: () => void): () => void;
}

/**
 * Turns signals into an orderly end. The first that cancels is the last that is heard here: the
 * next one ends porthole at once, as it would end any program, unless somebody has to outlast it.
 */
export async function cancelOnSignal(deps: Deps): Promise<Cancellation> {
  const hangupIgnored = await isHangupIgnored(deps);
  const cancelled = Promise.withResolvers<never>();
  // Nobody may be waiting for anything when it comes.
  cancelled.promise.catch(() => {});
  const listeners = new Map<SignalName, number>();
  const stopListening: (() => void)[] = [];
  let heard: EndSignal | undefined;
  let over = false;
  let outlasting: (() => void) | undefined;

  function stopAll(): void {
    for (const stop of stopListening.splice(0)) stop();
  }

  function listen(signal: EndSignal): void {
    const stop = deps.onSignal(signal, () => {
      heard ??= signal;
      if ((listeners.get(signal) ?? 0) > 0) return;
      if (!over) {
        over = true;
        if (outlasting === undefined) stopAll();
        cancelled.reject(new CancelledBySignal(signal));
      }
      outlasting?.();
    });
    stopListening.push(stop);
  }

  listen("SIGINT");
  listen("SIGQUIT");
  listen("SIGTERM");
  // Deno catches HUP as soon as it listens to any signal, and dies of it unless somebody hears it.
  if (hangupIgnored) deps.onSignal("SIGHUP", () => {});
  else listen("SIGHUP");

  return {
    deps: {
      ...deps,
      onSignal(signal, handler) {
        if (signal === "SIGHUP" && hangupIgnored) return () => {};
        const stop = deps.onSignal(signal, handler);
        listeners.set(signal, (listeners.get(signal) ?? 0) + 1);
        let stopped = false;
        return () => {
          if (stopped) return;
          stopped = true;
          listeners.set(signal, (listeners.get(signal) ?? 0) - 1);
          stop();
        };
      },
    },
    async orCancelled(work) {
      try {
        return await Promise.race([cancelled.promise, work]);
      } catch (error) {
        if (heard === undefined || !isPlainCancel(error)) throw error;
        throw new CancelledBySignal(heard, error.message);
      }
    },
    isCancelled: () => over,
    outlast(onSignal) {
      outlasting = onSignal;
      return () => {
        outlasting = undefined;
        if (over) stopAll();
      };
    },
  };
}

/** The picker's, which knows of no signals but its own. */
function isPlainCancel(error: unknown): error is PortholeError {
  return error instanceof PortholeError && error.code === "cancelled" &&
    !(error instanceof CancelledBySignal);
}
