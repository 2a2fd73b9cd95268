import assert from "node:assert/strict";
import { summarize } from "../../scripts/bench.ts";

Deno.test("summarize takes the middle of an odd number of timings", () => {
  assert.deepEqual(summarize([30, 10, 20]), { median: 20, min: 10, max: 30 });
});

Deno.test("summarize takes the mean of the two middle ones of an even number", () => {
  assert.deepEqual(summarize([4, 1, 2, 10]), { median: 3, min: 1, max: 10 });
});

Deno.test("summarize takes one timing as it is", () => {
  assert.deepEqual(summarize([5]), { median: 5, min: 5, max: 5 });
});
