import assert from "node:assert/strict";
import type { Task } from "../../src/access/access.ts";
import { PortholeError } from "../../src/errors.ts";
import { waitForAgent } from "../../src/task/wait_for_agent.ts";
import { container, fakeAccess, task } from "../target/fake_access.ts";

function withAgent(status: string, fields: Partial<Task> = {}): Task {
  return task("0123", {
    containers: [{ ...container("app"), agent: { status } }],
    ...fields,
  });
}

/** Waits with a clock of its own; the looks see these tasks one after the other, and the last for ever. */
async function wait(looks: readonly (Task | undefined)[], limitMs = 30_000) {
  let time = 0;
  let look = 0;
  const waits: number[] = [];
  const before = withAgent("PENDING");
  const result = await waitForAgent(
    fakeAccess({
      describeTask: () =>
        Promise.resolve(looks[Math.min(look++, looks.length - 1)]),
    }),
    "main",
    { task: before, container: before.containers[0]! },
    {
      limitMs,
      onLook: (waited) => waits.push(waited),
      deps: {
        now: () => new Date(time),
        sleep: (ms) => Promise.resolve(void (time += ms)),
      },
    },
  ).catch((error) => error);
  return { result, waits, time };
}

Deno.test("waitForAgent ends with the agent's first other status", async () => {
  for (const status of ["RUNNING", "STOPPED"]) {
    const { result, waits } = await wait([
      withAgent("PENDING"),
      withAgent(status),
    ]);
    assert.equal(result.container.agent.status, status);
    assert.deepEqual(waits, [0, 2_000]);
  }
});

Deno.test("waitForAgent gives up at its limit, and looks once more there", async () => {
  const { result, waits, time } = await wait([withAgent("PENDING")], 5_000);
  assert.ok(result instanceof PortholeError);
  assert.equal(result.code, "timed_out");
  assert.match(result.message, /container "app" of task 0123 .* after 5s$/);
  assert.deepEqual([waits, time], [[0, 2_000, 4_000], 5_000]);
});

Deno.test("waitForAgent without a limit waits on", async () => {
  const looks = Array.from({ length: 99 }, () => withAgent("PENDING"));
  const { result } = await wait([...looks, withAgent("RUNNING")], 0);
  assert.equal(result.container.agent.status, "RUNNING");
});

Deno.test("waitForAgent ends with the task", async () => {
  for (const gone of [withAgent("PENDING", { status: "STOPPED" }), undefined]) {
    const { result } = await wait([gone]);
    assert.equal(result.code, "task_stopped");
  }
});
