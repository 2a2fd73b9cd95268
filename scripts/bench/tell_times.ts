import type { Figure } from "./measures.ts";

/** The median of times in milliseconds, and what one of a hundred exceeds. */
export function tellTimes(
  measure: "echo" | "echo_own" | "echo_terminal" | "forward_echo",
  times: readonly number[],
): Figure[] {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.floor(share * sorted.length)] ?? NaN;
  return [
    { measure, value: at(0.5) },
    { measure: `${measure}_p99`, value: at(0.99) },
  ];
}
