import assert from "node:assert/strict";
import { PortholeError } from "../../src/errors.ts";
import { stopTask } from "../../src/task/stop_task.ts";
import { fakeAccess } from "../target/fake_access.ts";

const REQUEST = { cluster: "main", taskId: "0123", reason: "done" };

/** Stops a task of an access that fails so; tells the waits and what was said. */
async function stop(failures: readonly Error[]) {
  const left = [...failures];
  const waits: number[] = [];
  const said: string[] = [];
  const access = fakeAccess({
    stopTask: () => {
      const failure = left.shift();
      return failure === undefined
        ? Promise.resolve()
        : Promise.reject(failure);
    },
  });
  const error = await stopTask(access, REQUEST, {
    deps: { sleep: (ms) => Promise.resolve(void waits.push(ms)) },
    onRetry: (message) => said.push(message),
  }).catch((error) => error);
  return { error, waits, said, calls: access.calls.length };
}

const LOST = new PortholeError("unreachable", "Cannot reach it");

Deno.test("a task is stopped once where that works, and tried again where not", async () => {
  assert.deepEqual(await stop([]), {
    error: undefined,
    waits: [],
    said: [],
    calls: 1,
  });
  const later = await stop([LOST, LOST]);
  assert.deepEqual([later.error, later.waits], [undefined, [1_000, 2_000]]);
  assert.deepEqual(later.said, ["Cannot reach it", "Cannot reach it"]);
});

Deno.test("what cannot be stopped is told of, with the command that stops it", async () => {
  const { error, waits, calls } = await stop(Array(9).fill(LOST));
  assert.equal(error.code, "task_not_stopped");
  assert.equal(
    error.message,
    "Cannot stop task 0123, which is still running: Cannot reach it",
  );
  assert.equal(
    error.hint,
    "stop it: aws ecs stop-task --region us-east-1 --cluster main --task 0123",
  );
  assert.deepEqual([waits.length, calls], [3, 4]);
});

Deno.test("what could not be done is said once", async () => {
  const denied = new PortholeError(
    "access_denied",
    {
      cannot: "stop task 0123",
      because: "me is not allowed ecs:StopTask on *",
    },
  );
  const { error } = await stop([denied]);
  assert.equal(
    error.message,
    "Cannot stop task 0123, which is still running: me is not allowed ecs:StopTask on *",
  );
});

Deno.test("a refusal that stays one is not tried again, and keeps its hint", async () => {
  const denied = new PortholeError("access_denied", "No", { hint: "add it" });
  const { error, calls } = await stop([denied, denied]);
  assert.equal(calls, 1);
  assert.match(error.hint, /^stop it: .*\nadd it$/);
});
