import assert from "node:assert/strict";
import type { Task } from "../../src/access/access.ts";
import { PortholeError } from "../../src/errors.ts";
import { waitForTask } from "../../src/task/wait_for_task.ts";
import { container, fakeAccess, task } from "../target/fake_access.ts";

const PENDING = {
  status: "PENDING",
  containers: [container("app", "PENDING")],
};

/** Waits with a clock of its own; the looks see these one after the other, and the last for ever. */
async function wait(
  looks: readonly (Partial<Task> | undefined)[],
  limitMs = 600_000,
  { beganMs }: { readonly beganMs?: number } = {},
) {
  let time = 0;
  let look = 0;
  const progress: string[] = [];
  const result = await waitForTask(
    fakeAccess({
      describeTask: (_, id) => {
        const fields = looks[Math.min(look++, looks.length - 1)];
        return Promise.resolve(fields && task(id, fields));
      },
    }),
    {
      cluster: "main",
      task: task("0123", { ...PENDING, status: "PROVISIONING" }),
      container: "app",
      limitMs,
      ...(beganMs === undefined ? {} : { beganAt: beganMs }),
    },
    {
      onLook: (state) => progress.push(state),
      deps: {
        now: () => new Date(time),
        sleep: (ms) => Promise.resolve(void (time += ms)),
      },
    },
  ).catch((error) => error);
  return { result, progress: [...new Set(progress)], time };
}

Deno.test("waiting ends when the task and its container run", async () => {
  const { result, progress } = await wait([
    PENDING,
    { ...PENDING, pullStartedAt: new Date() },
    { ...PENDING, pullStartedAt: new Date(), pullStoppedAt: new Date() },
    { status: "PENDING" },
    { status: "RUNNING", containers: [container("app", "PENDING")] },
    {},
  ]);
  assert.deepEqual([result.task.status, result.container.status], [
    "RUNNING",
    "RUNNING",
  ]);
  assert.deepEqual(progress, [
    "PROVISIONING",
    "PENDING",
    "PENDING, pulling its images",
    "RUNNING",
  ]);
});

Deno.test("a task that ends instead is told of with its reasons", async () => {
  const ended = {
    ...container("app", "STOPPED"),
    exitCode: 2,
    reason: "OutOfMemoryError: killed",
  };
  for (
    const fields of [
      { status: "STOPPED", stoppedReason: "It failed", containers: [ended] },
      { status: "DEPROVISIONING", containers: [ended] },
      { desiredStatus: "STOPPED", containers: [ended] },
      { containers: [ended] },
    ]
  ) {
    const { result } = await wait([PENDING, fields]);
    assert.ok(result instanceof PortholeError);
    assert.equal(result.code, "task_not_started");
    assert.match(
      result.message,
      /container "app" exited with status 2: OutOfMemoryError: killed$/,
    );
    assert.match(result.hint ?? "", /--memory/);
  }
});

Deno.test("a task that ECS does not find yet is waited for, but not for ever", async () => {
  const found = await wait([undefined, undefined, {}]);
  assert.equal(found.result.task.id, "0123");
  const lost = await wait([undefined]);
  assert.match(lost.result.message, /ECS does not know it$/);
  assert(lost.time < 30_000);
});

Deno.test("a task that does not begin in time is told of with its state", async () => {
  const { result, time } = await wait([PENDING], 5_000);
  assert.equal(result.code, "timed_out");
  assert.equal(
    result.message,
    "Cannot wait any longer for task 0123 to start: it is still PENDING after 5s",
  );
  assert.equal(time, 5_000);
  // The time for RunTask's answer is a part of it.
  const late = await wait([PENDING], 5_000, { beganMs: -3_000 });
  assert.deepEqual([late.result.code, late.time], ["timed_out", 2_000]);
});

Deno.test("a task that ECS is about to stop is not one to open a session in", async () => {
  const { result } = await wait([PENDING, { desiredStatus: "STOPPED" }]);
  assert.equal(result.code, "task_not_started");
  assert.match(result.message, /it is being stopped/);
});
