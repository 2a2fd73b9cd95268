import assert from "node:assert/strict";
import type { AwsAccess, Task } from "../../src/access/access.ts";
import { awaitStop, findStop, watchTask } from "../../src/task/watch_task.ts";

const RUNNING = { id: "t1", status: "RUNNING" } as Task;
const STOPPED = {
  id: "t1",
  status: "STOPPED",
  stoppedReason: "Essential container exited",
} as Task;

/** An access that answers one look after the other; an Error is thrown. */
function answering(...looks: readonly (Task | undefined | Error)[]): AwsAccess {
  const left = [...looks];
  return {
    describeTask: () => {
      const look = left.shift();
      return look instanceof Error
        ? Promise.reject(look)
        : Promise.resolve(look);
    },
  } as unknown as AwsAccess;
}

const atOnce = { sleep: () => Promise.resolve() };

Deno.test("a running task is no stop, and neither is a look that failed", async () => {
  assert.equal(await findStop(answering(RUNNING), "c", RUNNING), undefined);
  assert.equal(
    await findStop(answering(new Error("throttled")), "c", RUNNING),
    undefined,
  );
});

Deno.test("a stopped task is told with its reason, a vanished one as gone", async () => {
  const stopped = await findStop(answering(STOPPED), "c", RUNNING);
  assert.equal(stopped?.code, "task_stopped");
  assert.match(
    stopped?.message ?? "",
    /t1 is STOPPED \(Essential container exited\)/,
  );
  const gone = await findStop(answering(undefined), "c", RUNNING);
  assert.match(gone?.message ?? "", /t1 is gone/);
});

Deno.test("watching goes on over failed looks until the task stops", async () => {
  const access = answering(RUNNING, new Error("lost line"), RUNNING, STOPPED);
  const reason = await watchTask(
    access,
    "c",
    RUNNING,
    atOnce,
    new AbortController().signal,
  );
  assert.equal(reason.code, "task_stopped");
});

Deno.test("watching that was ended looks no more", async () => {
  const over = new AbortController();
  let looks = 0;
  const access = {
    describeTask: () => {
      looks++;
      return Promise.resolve(RUNNING);
    },
  } as unknown as AwsAccess;
  let wake = () => {};
  const sleep = () => new Promise<void>((resolve) => wake = resolve);
  void watchTask(access, "c", RUNNING, { sleep }, over.signal);
  over.abort();
  wake();
  await Promise.resolve();
  assert.equal(looks, 0);
});

Deno.test("a stop that comes soon is waited for, and nothing looks on once the wait is over", async () => {
  const waits: { ms: number; signal: AbortSignal | undefined }[] = [];
  const deps = (limitEnds: boolean) => ({
    sleep(ms: number, signal?: AbortSignal) {
      waits.push({ ms, signal });
      return ms < 3_000 || limitEnds
        ? new Promise<void>((resolve) => setTimeout(resolve))
        : new Promise<void>(() => {});
    },
  });
  const soon = await awaitStop(
    answering(RUNNING, STOPPED),
    "c",
    RUNNING,
    3_000,
    deps(false),
  );
  assert.equal(soon?.code, "task_stopped");
  let looks = 0;
  const access = {
    describeTask: () => {
      looks++;
      return Promise.resolve(RUNNING);
    },
  } as unknown as AwsAccess;
  assert.equal(
    await awaitStop(access, "c", RUNNING, 3_000, deps(true)),
    undefined,
  );
  const seen = looks;
  assert(waits.every(({ signal }) => signal?.aborted === true));
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  assert.equal(looks, seen);
});
