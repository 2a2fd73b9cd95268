import assert from "node:assert/strict";
import { CancelledBySignal } from "../../src/cancelled_by_signal.ts";
import type { SignalName } from "../../src/deps.ts";
import type { Cancellation } from "../../src/limits/cancel_on_signal.ts";
import { shareCancellation } from "../../src/limits/share_cancellation.ts";

function startSharing() {
  const outside = new Map<SignalName, () => void>();
  const sleeps: { readonly ms: number; readonly wake: () => void }[] = [];
  const outer = {
    deps: {
      onSignal(signal: SignalName, handler: () => void) {
        outside.set(signal, handler);
        return () => void outside.delete(signal);
      },
      sleep: (ms: number) =>
        new Promise<void>((wake) => sleeps.push({ ms, wake })),
    },
  } as unknown as Cancellation;
  return {
    shared: shareCancellation(outer),
    send: (signal: SignalName) => outside.get(signal)?.(),
    outside,
    sleeps,
  };
}

Deno.test("a signal reaches every session, and those that have none yet", async () => {
  const { shared, send } = startSharing();
  const heard: string[] = [];
  shared.deps.onSignal("SIGINT", () => heard.push("first"));
  shared.deps.onSignal("SIGINT", () => heard.push("second"));
  const opening = shared.orCancelled(new Promise(() => {}));
  assert.equal(shared.isCancelled(), false);
  send("SIGINT");
  assert.deepEqual(heard, ["first", "second"]);
  await assert.rejects(opening, CancelledBySignal);
  await assert.rejects(shared.orCancelled(new Promise(() => {})));
  assert.equal(shared.isCancelled(), true);
  assert.equal(shared.heard(), "SIGINT");
  shared.stop();
});

Deno.test("a second signal reaches the sessions too, and bounds how long they are waited for", async () => {
  const { shared, send, sleeps } = startSharing();
  let heard = 0;
  shared.deps.onSignal("SIGINT", () => heard++);
  const waiting = shared.orGivenUp(new Promise(() => {}));
  send("SIGINT");
  assert.equal(sleeps.length, 0);
  send("SIGINT");
  assert.equal(heard, 2);
  assert.equal(sleeps.length, 1);
  assert(sleeps[0]!.ms < 2_000);
  sleeps[0]!.wake();
  assert.equal(await waiting, undefined);
  shared.stop();
});

Deno.test("an end of ours is no signal from outside", () => {
  const { shared, outside } = startSharing();
  let heard = 0;
  const stop = shared.deps.onSignal("SIGTERM", () => heard++);
  shared.end("SIGTERM");
  stop();
  shared.end("SIGTERM");
  assert.equal(heard, 1);
  assert.equal(shared.heard(), undefined);
  assert.equal(shared.isCancelled(), true);
  shared.stop();
  assert.equal(outside.size, 0);
});
