import assert from "node:assert/strict";
import { comesWithin, within } from "../src/within.ts";

/** A clock that a test moves: `pass` ends the wait. */
function waits() {
  const asked: number[] = [];
  const ends: (() => void)[] = [];
  let cancelled = 0;
  return {
    asked,
    pass: () => ends.forEach((end) => end()),
    cancelled: () => cancelled,
    sleep: (ms: number, signal?: AbortSignal) => {
      asked.push(ms);
      signal?.addEventListener("abort", () => cancelled++);
      return new Promise<void>((resolve) => ends.push(resolve));
    },
  };
}

const never = new Promise<never>(() => {});

Deno.test("within resolves with what comes in time, and ends the wait", async () => {
  const clock = waits();
  assert.equal(await within(500, Promise.resolve(7), clock), 7);
  assert.deepEqual([clock.asked, clock.cancelled()], [[500], 1]);
});

Deno.test("within resolves with nothing when the time is over first", async () => {
  const clock = waits();
  const late = within(500, never, clock);
  clock.pass();
  assert.equal(await late, undefined);
});

Deno.test("within rejects as the work does, and ends the wait", async () => {
  const clock = waits();
  await assert.rejects(
    within(500, Promise.reject(new Error("broken")), clock),
    { message: "broken" },
  );
  assert.equal(clock.cancelled(), 1);
});

Deno.test("comesWithin tells an event, even one that fails, from a time that is over", async () => {
  const clock = waits();
  assert.equal(await comesWithin(1, Promise.resolve(), clock), true);
  assert.equal(await comesWithin(1, Promise.reject(new Error()), clock), true);
  const late = comesWithin(1, never, clock);
  clock.pass();
  assert.equal(await late, false);
});
