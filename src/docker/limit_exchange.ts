import type { Deps } from "../deps.ts";

/** How long a daemon may say nothing in the middle of an exchange. */
const SILENCE_MS = 20_000;
/** How long an exchange may last, with all that it is repeated for. */
const EXCHANGE_MS = 60_000;

/** The daemon's answer did not come, or did not end, in time. */
export class AnswerLate extends Error {
  override readonly name = "AnswerLate";
}

/**
 * Waits for an exchange for as long as one may last.
 *
 * @param exchange calls `heard` whenever something comes. Where it says so first with `opening`, silence counts from
 * then on only: an ssh may ask its user for a touch of a key.
 * @throws AnswerLate; the exchange is then for its owner to stop.
 */
export async function limitExchange<T>(
  { sleep, opening = false }: Pick<Deps, "sleep"> & {
    readonly opening?: boolean;
  },
  exchange: (heard: () => void) => Promise<T>,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const over = new AbortController();
  let quiet = new AbortController();

  async function expire(ms: number, signal: AbortSignal, why: string) {
    await sleep(ms, signal);
    if (!signal.aborted) late.reject(new AnswerLate(why));
  }

  function heard(): void {
    quiet.abort();
    if (over.signal.aborted) return;
    quiet = new AbortController();
    void expire(
      SILENCE_MS,
      quiet.signal,
      `it said nothing for ${SILENCE_MS / 1000} s`,
    );
  }

  if (!opening) heard();
  void expire(
    EXCHANGE_MS,
    over.signal,
    `its answer took more than ${EXCHANGE_MS / 1000} s`,
  );
  try {
    return await Promise.race([exchange(heard), late.promise]);
  } finally {
    over.abort();
    quiet.abort();
  }
}
