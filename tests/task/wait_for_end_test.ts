import assert from "node:assert/strict";
import type { Task } from "../../src/access/access.ts";
import { readExitStatus, waitForEnd } from "../../src/task/wait_for_end.ts";
import { container, fakeAccess, task } from "../target/fake_access.ts";

/** Waits with a clock of its own; the looks see these one after the other, and the last for ever. */
async function wait(
  looks: readonly (Partial<Task> | undefined)[],
  limitMs = 0,
) {
  let time = 0;
  let look = 0;
  const pauses: number[] = [];
  const end = await waitForEnd(
    fakeAccess({
      describeTask: (_, id) => {
        const fields = looks[Math.min(look++, looks.length - 1)];
        return Promise.resolve(fields && task(id, fields));
      },
    }),
    { cluster: "main", task: task("0123"), limitMs },
    {
      onLook: () => {},
      deps: {
        now: () => new Date(time),
        sleep: (ms) => {
          pauses.push(ms);
          time += ms;
          return Promise.resolve();
        },
      },
    },
  ).catch((error) => error);
  return { end, pauses };
}

Deno.test("waiting ends with the task, however long that takes", async () => {
  const looks = Array.from({ length: 99 }, () => ({}));
  const { end, pauses } = await wait([
    undefined,
    ...looks,
    { status: "STOPPED" },
  ]);
  assert.equal(end.status, "STOPPED");
  assert.deepEqual(pauses.slice(0, 6), [
    500,
    1_000,
    2_000,
    4_000,
    6_000,
    6_000,
  ]);
});

Deno.test("at its limit waiting ends without the task, and says how to stop it", async () => {
  const { end: error, pauses } = await wait([{}], 60_000);
  assert.equal(pauses.reduce((sum, ms) => sum + ms), 60_000);
  assert.equal(error.code, "timed_out");
  assert.match(error.message, /task 0123 is still RUNNING after 1m$/);
  assert.match(
    error.hint,
    /the task keeps running; to stop it: aws ecs stop-task/,
  );
});

Deno.test("a task that ECS has forgotten is waited for no longer", async () => {
  const { end: error } = await wait([undefined]);
  assert.equal(error.code, "task_not_started");
});

Deno.test("the status is the container's; one that never ran has none", () => {
  const ended = { ...container("app", "STOPPED"), exitCode: 3 };
  assert.equal(readExitStatus(task("1", { containers: [ended] }), "app"), 3);
  assert.throws(
    () =>
      readExitStatus(
        task("1", {
          status: "STOPPED",
          stoppedReason: "CannotPullContainerError: no",
          containers: [container("app", "STOPPED")],
        }),
        "app",
      ),
    /^PortholeError: Cannot start task 1: it is STOPPED: CannotPullContainerError: no$/,
  );
});
