import assert from "node:assert/strict";
import { orTimeout, startDeadline } from "../../src/limits/start_deadline.ts";

/** Sleeps that a test ends. */
function createSleeps() {
  const sleeps: {
    readonly ms: number;
    readonly signal: AbortSignal | undefined;
    readonly wake: () => void;
  }[] = [];
  return {
    sleeps,
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((wake) => sleeps.push({ ms, signal, wake })),
  };
}

Deno.test("what is to happen at a deadline happens at it, or at once behind it", async () => {
  const { sleep, sleeps } = createSleeps();
  const deadline = startDeadline(5_000, { sleep });
  const heard: string[] = [];
  deadline.onOver(() => heard.push("before"));
  const opening = orTimeout(new Promise(() => {}), deadline);
  assert.deepEqual([sleeps[0]?.ms, deadline.isOver()], [5_000, false]);
  sleeps[0]?.wake();
  await assert.rejects(opening);
  deadline.onOver(() => heard.push("behind"));
  assert.deepEqual(heard, ["before", "behind"]);
  assert.equal(deadline.isOver(), true);
  await assert.rejects(orTimeout(new Promise(() => {}), deadline));
});

Deno.test("a deadline that was canceled never comes, and leaves no timer", async () => {
  const { sleep, sleeps } = createSleeps();
  const deadline = startDeadline(5_000, { sleep });
  deadline.onOver(() => assert.fail("it was canceled"));
  deadline.cancel();
  assert.equal(sleeps[0]?.signal?.aborted, true);
  sleeps[0]?.wake();
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(deadline.isOver(), false);
});

Deno.test("a limit of 0 is none", () => {
  const { sleep, sleeps } = createSleeps();
  assert.equal(startDeadline(0, { sleep }).isOver(), false);
  assert.equal(sleeps.length, 0);
});
