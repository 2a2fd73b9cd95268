import type { Config } from "../config/config.ts";
import type { Deps } from "../deps.ts";
import { formatDuration } from "../duration.ts";
import { PortholeError } from "../errors.ts";
import { startDeadline } from "./start_deadline.ts";

/**
 * Resolves with what AWS is asked for.
 *
 * @throws {PortholeError} timed_out when the work takes longer than the timeout; 0 means no limit.
 */
export async function withinTimeout<T>(
  asking: Promise<T>,
  { timeoutMs: { value } }: {
    readonly timeoutMs: Pick<Config["timeoutMs"], "value">;
  },
  deps: Pick<Deps, "sleep">,
): Promise<T> {
  const deadline = startDeadline(value, deps);
  const late = Promise.withResolvers<never>();
  deadline.onOver(() =>
    late.reject(
      new PortholeError(
        "timed_out",
        `Cannot wait any longer: AWS did not answer within ${
          formatDuration(value)
        }`,
        { hint: "--timeout sets the limit; 0 removes it" },
      ),
    )
  );
  try {
    return await Promise.race([asking, late.promise]);
  } finally {
    deadline.cancel();
  }
}
