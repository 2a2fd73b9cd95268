import type { Deps } from "../../deps.ts";
import type { Audit } from "../audit_entry.ts";

const EVERY_MS = 1_000;
/** Addresses that are counted apart within a second. */
const MOST_ADDRESSES = 1_000;

/**
 * Tells the audit of requests with a bad token or none: a line an address and second, with their number; at once when
 * `signal` aborts.
 */
export function countBadTokens(
  audit: Audit,
  { sleep }: Pick<Deps, "sleep">,
  signal: AbortSignal,
): (address: string) => void {
  let counts = new Map<string, number>();
  return (address) => {
    if (counts.size === 0) {
      void sleep(EVERY_MS, signal).then(() => {
        const gathered = counts;
        counts = new Map();
        for (const [address, count] of gathered) {
          void audit.write({
            event: "tokens",
            address,
            count,
            error: "no valid token",
          }).catch(() => {});
        }
      });
    }
    const key = counts.size < MOST_ADDRESSES || counts.has(address)
      ? address
      : "others";
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };
}
