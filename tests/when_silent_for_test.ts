import assert from "node:assert/strict";
import { createRealDeps } from "../src/real_deps.ts";
import { unlessSilentFor, whenSilentFor } from "../src/when_silent_for.ts";
import {
  type FakeClock,
  startFakeClock,
} from "./session/channel/fake_clock.ts";

/** Runs a test in time that passes only when told. */
function test(name: string, body: (clock: FakeClock) => Promise<void>): void {
  Deno.test(name, async () => {
    using clock = startFakeClock();
    const { now } = Date;
    Date.now = clock.now;
    try {
      await body(clock);
    } finally {
      Date.now = now;
    }
    assert.equal(clock.running(), 0);
  });
}

test("silence is over after its time, and once", async (clock) => {
  let calls = 0;
  whenSilentFor(10_000, () => calls++);
  await clock.advance(9_999);
  assert.equal(calls, 0);
  await clock.advance(1);
  assert.equal(calls, 1);
  await clock.advance(100_000);
  assert.equal(calls, 1);
});

test("what is cancelled is never called", async (clock) => {
  const cancel = whenSilentFor(10_000, () => assert.fail());
  clock.stop(70_000);
  await clock.advance(0);
  cancel();
  await clock.advance(100_000);
});

test("after a stop of porthole itself it starts anew", async (clock) => {
  let calls = 0;
  whenSilentFor(10_000, () => calls++);
  await clock.advance(9_000);
  clock.stop(70_000);
  await clock.advance(9_999);
  assert.equal(calls, 0);
  await clock.advance(1);
  assert.equal(calls, 1);
});

test("a sleep that porthole spent stopped leaves time to read what came meanwhile", async (clock) => {
  const { sleep } = createRealDeps();
  let over = false;
  void sleep(10_000).then(() => over = true);
  clock.stop(70_000);
  await clock.advance(1_999);
  assert.ok(!over);
  await clock.advance(1);
  assert.ok(over);

  const punctual = sleep(10_000);
  await clock.advance(10_000);
  await punctual;

  const aborted = new AbortController();
  const late = sleep(10_000, aborted.signal);
  clock.stop(70_000);
  await clock.advance(0);
  aborted.abort();
  await late;
});

test("work that comes, or fails, in time leaves no timer behind; work that does not is given up", async (clock) => {
  const explain = () => new Error("silent");
  const wait = (work: Promise<string>) => unlessSilentFor(50, work, explain);
  assert.equal(await wait(Promise.resolve("done")), "done");
  await assert.rejects(wait(Promise.reject(new Error("own"))), /own/);
  assert.equal(clock.running(), 0);
  const late = assert.rejects(wait(new Promise(() => {})), /silent/);
  await clock.advance(50);
  await late;
});
