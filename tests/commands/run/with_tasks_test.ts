import assert from "node:assert/strict";
import type { AwsAccess, StartAnswer } from "../../../src/access/access.ts";
import { CancelledBySignal } from "../../../src/cancelled_by_signal.ts";
import type { Cancellation } from "../../../src/limits/cancel_on_signal.ts";
import type { PreparedRun } from "../../../src/commands/run/prepare_run.ts";
import { withTasks } from "../../../src/commands/run/with_tasks.ts";
import { PortholeError } from "../../../src/errors.ts";
import { fakeAccess, task } from "../../target/fake_access.ts";

const PREPARED = {
  service: { name: "web", clusterArn: "arn:aws:ecs:us-east-1:1:cluster/main" },
  definition: { arn: "arn:aws:ecs:us-east-1:1:task-definition/web:7" },
  container: { name: "app" },
  request: { cluster: "main", count: 1, startedBy: "porthole-1" },
} as unknown as PreparedRun;

const STARTED: StartAnswer = { tasks: [task("t1")], failures: [] };

/** A cancellation whose signals a test sends, and tasks that are started with it. */
function setUp(
  parts: Partial<AwsAccess>,
  { prepared = PREPARED, leave = false, limitMs = 0 }: {
    prepared?: PreparedRun;
    leave?: boolean;
    limitMs?: number;
  } = {},
) {
  const cancelled = Promise.withResolvers<never>();
  cancelled.promise.catch(() => {});
  let over = false;
  let outlast: (() => void) | undefined;
  const said: string[] = [];
  const stopped: string[] = [];
  const say = (text: string) => void said.push(text);
  const access = fakeAccess({
    listTasksStartedBy: () => Promise.resolve([]),
    stopTask: (_, id, reason) =>
      Promise.resolve(void stopped.push(`${id}: ${reason}`)),
    ...parts,
  });
  const run = <T>(work: (answer: StartAnswer) => Promise<T>) =>
    withTasks(prepared, {
      access,
      deps: { sleep: () => Promise.resolve() },
      log: {
        debug: say,
        info: say,
        warn: say,
        withPrefix: () => {
          throw new Error("not expected");
        },
        hush: () => {},
        isQuiet: () => false,
      },
      cancellation: {
        orCancelled: (work: Promise<unknown>) =>
          Promise.race([cancelled.promise, work]),
        isCancelled: () => over,
        outlast(onSignal: () => void) {
          outlast = onSignal;
          return () => outlast = undefined;
        },
      } as unknown as Cancellation,
    }, { leave, limitMs, work });
  return {
    run,
    access,
    said,
    stopped,
    signal() {
      over = true;
      cancelled.reject(new CancelledBySignal("SIGINT"));
      outlast?.();
    },
    outlasts: () => outlast !== undefined,
    /** Work that only a signal ends. */
    untilCancelled: () => cancelled.promise,
  };
}

const never = () => Promise.reject(new Error("not expected"));

Deno.test("the task is stopped after the work, and after its failure", async () => {
  const well = setUp({ startTasks: () => Promise.resolve(STARTED) });
  assert.equal(await well.run(({ tasks }) => Promise.resolve(tasks.length)), 1);
  assert.deepEqual(well.stopped, ["t1: porthole run: done"]);
  assert(!well.outlasts());

  const badly = setUp({ startTasks: () => Promise.resolve(STARTED) });
  await assert.rejects(badly.run(never), { message: "not expected" });
  assert.deepEqual(badly.stopped, ["t1: porthole run: failed"]);
});

Deno.test("tasks that are to be left are left, but for those that a cancel was before", async () => {
  const left = setUp({ startTasks: () => Promise.resolve(STARTED) }, {
    leave: true,
  });
  await assert.rejects(left.run(never));
  assert.deepEqual(left.stopped, []);

  const answer = Promise.withResolvers<StartAnswer>();
  const late = setUp({ startTasks: () => answer.promise }, { leave: true });
  const run = late.run(never);
  late.signal();
  answer.resolve(STARTED);
  await assert.rejects(run, CancelledBySignal);
  assert.deepEqual(late.stopped, ["t1: porthole run: cancelled"]);
});

Deno.test("a cancel while RunTask is under way waits for its answer", async () => {
  const answer = Promise.withResolvers<StartAnswer>();
  const { run, signal, stopped } = setUp({ startTasks: () => answer.promise });
  const running = run(never);
  signal();
  signal();
  assert.deepEqual(stopped, []);
  answer.resolve(STARTED);
  await assert.rejects(running, CancelledBySignal);
  assert.deepEqual(stopped, ["t1: porthole run: cancelled"]);
});

Deno.test("the signal that ends the work says that the next one leaves the task running", async () => {
  const asked = Promise.withResolvers<void>();
  const { run, signal, said, untilCancelled } = setUp({
    startTasks: () => Promise.resolve(STARTED),
    stopTask: () => {
      asked.resolve();
      return new Promise(() => {});
    },
  });
  const running = run(untilCancelled);
  signal();
  const rejected = assert.rejects(running, (error) => {
    assert.ok(error instanceof PortholeError);
    assert.equal(error.code, "task_not_stopped");
    assert.match(error.hint ?? "", /aws ecs stop-task .* --task t1$/);
    return true;
  });
  await asked.promise;
  assert(said.includes("Stopping the task; another signal leaves it running"));
  signal();
  await rejected;
});

Deno.test("whoever gives up before RunTask has answered is told how to find the task", async () => {
  const { run, signal } = setUp({ startTasks: () => new Promise(() => {}) });
  const running = run(never);
  const rejected = assert.rejects(running, {
    code: "task_not_stopped",
    hint: /list-tasks .* --started-by porthole-1$/,
  });
  signal();
  await new Promise((resolve) => setTimeout(resolve));
  signal();
  await rejected;
});

Deno.test("a signal while a task that is done is stopped says what the next one does", async () => {
  const asked = Promise.withResolvers<void>();
  const { run, signal, said } = setUp({
    startTasks: () => Promise.resolve(STARTED),
    stopTask: () => {
      asked.resolve();
      return new Promise(() => {});
    },
  });
  const running = run(() => Promise.resolve(0));
  const rejected = assert.rejects(running, { code: "task_not_stopped" });
  await asked.promise;
  const told = "Stopping the task; another signal leaves it running";
  assert(!said.includes(told));
  signal();
  assert(said.includes(told));
  signal();
  await rejected;
});

Deno.test("a start that takes too long is given up; its task is found and stopped", async () => {
  const late = setUp({
    startTasks: () => new Promise(() => {}),
    listTasksStartedBy: () => Promise.resolve(["t7"]),
  }, { limitMs: 5_000 });
  await assert.rejects(late.run(never), { code: "timed_out" });
  assert.deepEqual(late.stopped, ["t7: porthole run: timed_out"]);
});

Deno.test("a task that ECS lists only later is found, and one that comes with the answer", async () => {
  let looks = 0;
  const lost = new PortholeError("unreachable", "Cannot reach it");
  const listed = setUp({
    startTasks: () => Promise.reject(lost),
    listTasksStartedBy: () => Promise.resolve(++looks < 3 ? [] : ["t7"]),
  });
  await assert.rejects(listed.run(never), lost);
  assert.deepEqual(listed.stopped, ["t7: porthole run: unreachable"]);

  // Nobody has found it by the time it is answered.
  const answer = Promise.withResolvers<StartAnswer>();
  const answered = setUp({ startTasks: () => answer.promise });
  const running = answered.run(never);
  answered.signal();
  await new Promise((resolve) => setTimeout(resolve));
  answer.resolve(STARTED);
  await assert.rejects(running, CancelledBySignal);
  assert.deepEqual(answered.stopped, ["t1: porthole run: cancelled"]);
});

Deno.test("after a start that took too long no task is started from a copy that comes later", async () => {
  const copied = Promise.withResolvers<string>();
  const { run, access } = setUp({
    copyTaskDefinition: () => copied.promise,
    deregisterTaskDefinition: () => Promise.resolve(),
  }, { prepared: { ...PREPARED, entryPoint: ["sh"] }, limitMs: 5_000 });
  const running = run(never);
  await new Promise((resolve) => setTimeout(resolve));
  copied.resolve("arn:aws:ecs:us-east-1:1:task-definition/copy:1");
  await assert.rejects(running, { code: "timed_out" });
  assert(!access.calls.includes("startTasks"));
  assert(access.calls.includes("deregisterTaskDefinition"));
});

Deno.test("an answer that was lost: whatever was started is found, and stopped", async () => {
  const lost = new PortholeError("unreachable", "Cannot reach it");
  const { run, stopped } = setUp({
    startTasks: () => Promise.reject(lost),
    listTasksStartedBy: (_, startedBy) =>
      Promise.resolve(startedBy === "porthole-1" ? ["t7"] : []),
  });
  await assert.rejects(run(never), lost);
  assert.deepEqual(stopped, ["t7: porthole run: unreachable"]);
});

Deno.test("a failure of AWS's own may have started a task: it is found, and stopped", async () => {
  const failed = new PortholeError("aws_refused", "ServerException");
  const { run, stopped } = setUp({
    startTasks: () => Promise.reject(failed),
    listTasksStartedBy: () => Promise.resolve(["t7"]),
  });
  await assert.rejects(run(never), failed);
  assert.deepEqual(stopped, ["t7: porthole run: aws_refused"]);
});

Deno.test("an answer that was lost, and nothing to be found out: how to find the task is said", async () => {
  const lost = new PortholeError("unreachable", "Cannot reach it");
  const { run, said } = setUp({
    startTasks: () => Promise.reject(lost),
    listTasksStartedBy: () => Promise.reject(lost),
  });
  await assert.rejects(run(never), lost);
  assert.match(
    said.at(-1) ?? "",
    /^A task may have been started.*list-tasks .* --cluster main --started-by porthole-1$/,
  );
});

Deno.test("what AWS has refused is not looked for", async () => {
  const denied = new PortholeError("access_denied", "No");
  const { run, access } = setUp({ startTasks: () => Promise.reject(denied) });
  await assert.rejects(run(never), denied);
  assert.deepEqual(access.calls, ["startTasks"]);
});

Deno.test("a task that cannot be stopped takes the place of every other end", async () => {
  const { run, said } = setUp({
    startTasks: () => Promise.resolve(STARTED),
    stopTask: () => Promise.reject(new PortholeError("access_denied", "No")),
  });
  await assert.rejects(run(never), { code: "task_not_stopped" });
  assert(said.includes("not expected"));
});

Deno.test("a cancel before the copy of the task definition is there starts no task", async () => {
  const copied = Promise.withResolvers<string>();
  const { run, signal, access } = setUp({
    copyTaskDefinition: () => copied.promise,
    deregisterTaskDefinition: () => Promise.resolve(),
  }, { prepared: { ...PREPARED, entryPoint: ["sh"] } });
  const running = run(never);
  signal();
  copied.resolve("arn:aws:ecs:us-east-1:1:task-definition/copy:1");
  await assert.rejects(running, CancelledBySignal);
  assert.deepEqual(access.calls, [
    "copyTaskDefinition",
    "deregisterTaskDefinition",
  ]);
});

Deno.test("a copy that cannot be taken back is no failure, but told of", async () => {
  const { run, said } = setUp({
    copyTaskDefinition: () => Promise.resolve("arn:x/copy:1"),
    startTasks: () => Promise.resolve(STARTED),
    deregisterTaskDefinition: () =>
      Promise.reject(new PortholeError("access_denied", "Cannot deregister")),
  }, { prepared: { ...PREPARED, entryPoint: ["sh"] } });
  assert.equal(await run(() => Promise.resolve(3)), 3);
  assert(said.some((text) => text.startsWith("Cannot deregister")));
});

Deno.test("a copy has a family of its own, without the revision, and no longer than ECS allows", async () => {
  const families: string[] = [];
  for (const family of ["web", "w".repeat(255)]) {
    const { run } = setUp({
      copyTaskDefinition: (copy) => {
        families.push(copy.family);
        return Promise.resolve("arn:x/copy:1");
      },
      startTasks: () => Promise.resolve(STARTED),
      deregisterTaskDefinition: () => Promise.resolve(),
    }, {
      prepared: {
        ...PREPARED,
        definition: {
          ...PREPARED.definition,
          arn: `arn:aws:ecs:us-east-1:1:task-definition/${family}:7`,
        },
        entryPoint: ["sh"],
      },
    });
    await run(() => Promise.resolve());
  }
  assert.equal(families[0], "web-porthole-run");
  assert.match(families[1] ?? "", /^w+-porthole-run$/);
  assert(families[1]!.length <= 255);
});
