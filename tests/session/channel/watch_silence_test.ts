import assert from "node:assert/strict";
import { watchSilence } from "../../../src/session/channel/watch_silence.ts";
import { startFakeClock } from "./fake_clock.ts";

Deno.test("a process that stood still has not been listening: the silence counts from its return", async () => {
  using clock = startFakeClock();
  const silences: number[] = [];
  const watch = watchSilence(65_000, {
    now: clock.now,
    onSilent: (ms) => silences.push(ms),
  });
  await clock.advance(60_000);
  clock.stop(3_600_000);
  await clock.advance(15_000);
  assert.deepEqual(silences, []);
  await clock.advance(55_000);
  assert.deepEqual(silences.slice(0, 1), [70_000]);
  watch.stop();
  assert.equal(clock.running(), 0);
});
