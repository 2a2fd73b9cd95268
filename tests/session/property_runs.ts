import type { Parameters } from "fast-check";

/** How properties run: the same cases each time, and many more of them in a long run. */
export function propertyRuns<T>(share = 1): Parameters<T> {
  const long = Deno.env.get("PORTHOLE_TEST_LONG") === "1";
  return {
    numRuns: Math.ceil((long ? 10_000 : 300) * share),
    seed: Number(Deno.env.get("PORTHOLE_TEST_SEED") ?? 20_260_101),
  };
}
