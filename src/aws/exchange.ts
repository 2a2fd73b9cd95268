import { whenSilentFor } from "../when_silent_for.ts";

/** The limits of one call of an AWS API, from its first request to its last answer's last byte. */
export interface ExchangeLimits {
  /** How long an answer may bring no byte. */
  readonly silenceMs: number;
  /** How long a call may take in all, its retries included. */
  readonly totalMs: number;
  /**
   * How long one answer may be, decompressed. The longest that AWS gives here, of DescribeTasks with
   * 100 tasks, stays below 2 MiB; JSON of this size may take thirty times as much memory when it is parsed.
   */
  readonly answerBytes: number;
  /** How long all answers to a call may be together. */
  readonly totalBytes: number;
}

const MIB = 1024 * 1024;

/** What holds for every call of AWS. */
export const LIMITS: ExchangeLimits = {
  silenceMs: 20_000,
  totalMs: 60_000,
  answerBytes: 4 * MIB,
  totalBytes: 64 * MIB,
};

/** One call, which may take several attempts. */
export interface Exchange {
  /** Begins a request of it. */
  begin(): Attempt;
}

/** A request, until its answer has come whole. */
export interface Attempt {
  /** Aborts when a limit is broken. */
  readonly signal: AbortSignal;
  /** Called with each piece of the answer; throws where it is too long. */
  readonly count: (bytes: number) => void;
  /** The limit that was broken. */
  brokenLimit(): BrokenLimit | undefined;
  end(): void;
}

/** A limit, and what is said of it. */
export interface BrokenLimit {
  readonly kind: "time" | "bytes";
  readonly reason: string;
}

/** The SDK sends it with each attempt of a call, the same for all of them. */
const CALL_HEADER = "amz-sdk-invocation-id";

/**
 * Finds the call that a request belongs to, whichever client of the SDK has sent it: those that get
 * credentials have no limits of their own.
 */
export function openExchanges(
  limits: ExchangeLimits,
): (request: Request) => Exchange {
  const exchanges = new Map<string, Exchange>();
  return (request) => {
    const id = request.headers.get(CALL_HEADER);
    if (id === null) return openExchange(limits);
    const known = exchanges.get(id);
    if (known !== undefined) return known;
    // A call that is over sends nothing more; some calls run side by side.
    for (const old of [...exchanges.keys()].slice(0, -MOST_CALLS)) {
      exchanges.delete(old);
    }
    const exchange = openExchange(limits);
    exchanges.set(id, exchange);
    return exchange;
  };
}

/** Far more than run side by side. */
const MOST_CALLS = 256;

function openExchange(limits: ExchangeLimits): Exchange {
  const start = performance.now();
  let total = 0;
  return {
    begin() {
      const aborted = new AbortController();
      let broken: BrokenLimit | undefined;
      let length = 0;
      const abort = (kind: BrokenLimit["kind"], reason: string) => {
        broken ??= { kind, reason };
        aborted.abort();
      };
      const startSilence = () =>
        whenSilentFor(limits.silenceMs, () =>
          abort(
            "time",
            length === 0
              ? `no answer within ${limits.silenceMs / 1_000} s`
              : `its answer stopped for ${limits.silenceMs / 1_000} s`,
          ));
      let endSilence = startSilence();
      const endTotal = whenSilentFor(
        Math.max(0, start + limits.totalMs - performance.now()),
        () =>
          abort("time", `no whole answer within ${limits.totalMs / 1_000} s`),
      );
      return {
        signal: aborted.signal,
        count(bytes) {
          endSilence();
          endSilence = startSilence();
          length += bytes;
          total += bytes;
          const most = length > limits.answerBytes
            ? limits.answerBytes
            : total > limits.totalBytes
            ? limits.totalBytes
            : undefined;
          if (most === undefined) return;
          abort("bytes", `it is longer than ${most / MIB} MiB`);
          throw new Error(broken?.reason);
        },
        brokenLimit: () => broken,
        end() {
          endSilence();
          endTotal();
        },
      };
    },
  };
}
