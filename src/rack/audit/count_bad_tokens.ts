import type { Deps } from "../../deps.ts";
import type { Audit } from "../audit_entry.ts";

const EVERY_MS = 1_000;
/** Addresses that are counted apart within a second. */
const MOST_ADDRESSES = 1_000;

/** Counts a request from an address. */
export interface BadTokenCounter {
  (address: string): void;
  /** Resolves when what was counted is written, or cannot be. */
  settle(): Promise<void>;
}

/**
 * Tells the audit of requests with a bad token or none: a line an address and second, with their number; at once when
 * `signal` aborts.
 */
export function countBadTokens(
  audit: Audit,
  { sleep }: Pick<Deps, "sleep">,
  signal: AbortSignal,
): BadTokenCounter {
  let counts = new Map<string, number>();
  let written: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    await sleep(EVERY_MS, signal);
    const gathered = counts;
    counts = new Map();
    const lines = [...gathered].map(([address, count]) =>
      audit.write({
        event: "tokens",
        address,
        count,
        error: "no valid token",
      }).catch(() => {})
    );
    await Promise.all(lines);
  }

  const count = (address: string) => {
    if (counts.size === 0) {
      written = Promise.all([written, write()]).then(() => {});
    }
    const key = counts.size < MOST_ADDRESSES || counts.has(address)
      ? address
      : "others";
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  return Object.assign(count, { settle: () => written });
}
