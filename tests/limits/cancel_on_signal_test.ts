import assert from "node:assert/strict";
import { CancelledBySignal } from "../../src/cancelled_by_signal.ts";
import { cancelOnSignal } from "../../src/limits/cancel_on_signal.ts";
import type { Deps, SignalName } from "../../src/deps.ts";
import { PortholeError } from "../../src/errors.ts";
import { exitStatusOf } from "../../src/exit_status.ts";

/** An outside whose signals a test sends, started with HUP ignored or not. */
function createOutside(
  options: {
    /** How the shell that sends itself a HUP ends; undefined: there is no shell. */
    shell?: { code: number; signal: string | null } | undefined;
    isTerminal?: boolean;
  },
) {
  const listeners = new Map<SignalName, Set<() => void>>();
  const naps = new Set<() => void>();
  let spawned = 0;
  let time = 0;
  const device = { isTerminal: options.isTerminal ?? false };
  const deps = {
    platform: "linux",
    stdout: device,
    stderr: device,
    now: () => new Date(time),
    sleep: () => new Promise<void>((resolve) => naps.add(resolve)),
    spawn: () => {
      spawned++;
      if (options.shell === undefined) throw new Deno.errors.NotFound("sh");
      return { exit: Promise.resolve(options.shell) };
    },
    onSignal: (signal: SignalName, handler: () => void) => {
      const handlers = listeners.get(signal) ?? new Set();
      listeners.set(signal, handlers.add(handler));
      return () => void handlers.delete(handler);
    },
  } as unknown as Deps;
  return {
    deps,
    spawned: () => spawned,
    /** Lets time pass; whoever sleeps wakes then. */
    pass: async (ms: number) => {
      time += ms;
      for (const wake of naps) wake();
      naps.clear();
      await new Promise((resolve) => setTimeout(resolve));
    },
    signal: (signal: SignalName) => {
      for (const handler of [...listeners.get(signal) ?? []]) handler();
    },
    listening: () =>
      [...listeners].filter(([, { size }]) => size > 0).map(([name]) => name),
  };
}

const MORTAL = { shell: { code: 129, signal: "SIGHUP" } };
const NOHUP = { shell: { code: 0, signal: null } };
const never = new Promise<never>(() => {});

for (
  const [signal, status] of [
    ["SIGINT", 130],
    ["SIGQUIT", 131],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const
) {
  Deno.test(`${signal} cancels with ${status}, and the next one is not heard`, async () => {
    const outside = createOutside(MORTAL);
    const cancellation = await cancelOnSignal(outside.deps);
    const work = cancellation.orCancelled(never);
    outside.signal(signal);
    await assert.rejects(
      work,
      (error) =>
        error instanceof CancelledBySignal && error.code === "cancelled" &&
        error.message === "Cancelled" &&
        exitStatusOf(error, "remote") === status,
    );
    assert(cancellation.isCancelled());
    // A burst is one signal.
    await outside.pass(300);
    outside.signal(signal);
    await outside.pass(300);
    assert.equal(outside.listening().length, 4);
    await outside.pass(500);
    assert.deepEqual(outside.listening(), []);
    // What begins after it is cancelled too.
    await assert.rejects(cancellation.orCancelled(never), CancelledBySignal);
  });
}

Deno.test("HUP stays ignored where it was, and where nobody can tell", async () => {
  for (const options of [NOHUP, { shell: undefined }]) {
    const outside = createOutside(options);
    const { deps, isCancelled } = await cancelOnSignal(outside.deps);
    deps.onSignal("SIGHUP", () => assert.fail("ignored"))();
    deps.onSignal("SIGHUP", () => assert.fail("ignored"));
    outside.signal("SIGHUP");
    assert(!isCancelled());
    // Deno would die of one that nobody hears.
    outside.signal("SIGTERM");
    await outside.pass(500);
    assert.deepEqual(outside.listening(), ["SIGHUP"]);
  }
});

Deno.test("with a terminal nobody is asked whether HUP is ignored", async () => {
  const outside = createOutside({ ...NOHUP, isTerminal: true });
  await cancelOnSignal(outside.deps);
  assert.equal(outside.spawned(), 0);
  assert(outside.listening().includes("SIGHUP"));
});

Deno.test("whoever listens has the signal for himself until he stops", async () => {
  const outside = createOutside(MORTAL);
  const { deps, orCancelled, isCancelled } = await cancelOnSignal(outside.deps);
  let heard = 0;
  const stop = deps.onSignal("SIGINT", () => heard++);
  outside.signal("SIGINT");
  assert.equal(heard, 1);
  assert(!isCancelled());
  stop();
  await outside.pass(500);
  outside.signal("SIGINT");
  assert.equal(heard, 1);
  await assert.rejects(orCancelled(never), CancelledBySignal);
});

Deno.test("a picker that a signal made leave keeps its words and gets the signal's status", async () => {
  const outside = createOutside(MORTAL);
  const { deps, orCancelled } = await cancelOnSignal(outside.deps);
  const picked = Promise.withResolvers<never>();
  deps.onSignal(
    "SIGTERM",
    () => picked.reject(new PortholeError("cancelled", "Cancelled: no choice")),
  );
  const work = orCancelled(picked.promise);
  outside.signal("SIGTERM");
  await assert.rejects(
    work,
    (error) =>
      error instanceof CancelledBySignal &&
      exitStatusOf(error, "remote") === 143 &&
      error.message === "Cancelled: no choice",
  );
});

Deno.test("without a signal what was thrown passes as it is", async () => {
  const { orCancelled } = await cancelOnSignal(createOutside(MORTAL).deps);
  const left = new PortholeError("cancelled", "Cancelled");
  await assert.rejects(
    orCancelled(Promise.reject(left)),
    (error) => error === left,
  );
  assert.equal(await orCancelled(Promise.resolve(7)), 7);
});

Deno.test("whoever has to outlast a cancel hears every burst, and the next signal ends porthole once he is done", async () => {
  const outside = createOutside(MORTAL);
  const { outlast, orCancelled } = await cancelOnSignal(outside.deps);
  let heard = 0;
  const release = outlast(() => heard++);
  for (let burst = 1; burst <= 2; burst++) {
    outside.signal("SIGINT");
    await outside.pass(100);
    outside.signal("SIGINT");
    outside.signal("SIGTERM");
    await outside.pass(499);
    outside.signal("SIGINT");
    assert.equal(heard, burst);
    await outside.pass(500);
  }
  await assert.rejects(orCancelled(never), CancelledBySignal);
  assert.equal(outside.listening().length, 4);
  release();
  assert.deepEqual(outside.listening(), []);
});

Deno.test("a session hears one INT of a burst, and a TERM in the midst of it", async () => {
  const outside = createOutside(MORTAL);
  const { deps } = await cancelOnSignal(outside.deps);
  const heard: SignalName[] = [];
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    deps.onSignal(signal, () => heard.push(signal));
  }
  for (let times = 0; times < 30; times++) {
    outside.signal("SIGINT");
    await outside.pass(30);
  }
  outside.signal("SIGTERM");
  assert.deepEqual(heard, ["SIGINT", "SIGTERM"]);
  await outside.pass(500);
  outside.signal("SIGINT");
  assert.deepEqual(heard, ["SIGINT", "SIGTERM", "SIGINT"]);
});

Deno.test("a clock that is set back does not make the next signal a repeated one", async () => {
  const outside = createOutside(MORTAL);
  const cancellation = await cancelOnSignal(outside.deps);
  let heard = 0;
  cancellation.outlast(() => heard++);
  outside.signal("SIGINT");
  await outside.pass(-60_000);
  outside.signal("SIGINT");
  assert.equal(heard, 2);
});
