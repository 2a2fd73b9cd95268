import type { ECS } from "@aws-sdk/client-ecs";

/** How the SDK decides on another attempt. */
type RetryStrategy = Awaited<ReturnType<ECS["config"]["retryStrategy"]>>;
type TokenStrategy = Extract<RetryStrategy, { recordSuccess: unknown }>;
type Token = Awaited<ReturnType<TokenStrategy["acquireInitialRetryToken"]>>;

/**
 * A strategy that retries as `own` does, and not once a call has taken `totalMs`. What the last attempt
 * failed with is then the call's own failure.
 */
export function limitRetries(
  own: RetryStrategy,
  totalMs: number,
): RetryStrategy {
  if (!("recordSuccess" in own)) return own;
  const starts = new WeakMap<Token, number>();
  const limited: Omit<TokenStrategy, "recordSuccess"> = {
    async acquireInitialRetryToken(scope) {
      const token = await own.acquireInitialRetryToken(scope);
      starts.set(token, performance.now());
      return token;
    },
    async refreshRetryTokenForRetry(token, failure) {
      const start = starts.get(token) ?? performance.now();
      const late = Promise.withResolvers<never>();
      // The strategy waits itself before it gives the next token.
      const timer = setTimeout(
        () => late.reject(new Error("no time is left for another attempt")),
        Math.max(0, start + totalMs - performance.now()),
      );
      try {
        const next = await Promise.race([
          own.refreshRetryTokenForRetry(token, failure),
          late.promise,
        ]);
        starts.set(next, start);
        return next;
      } finally {
        clearTimeout(timer);
      }
    },
  };
  return Object.assign(Object.create(own), limited);
}
