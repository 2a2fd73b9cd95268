import assert from "node:assert/strict";
import type { StartFailure, Task } from "../../../src/access/access.ts";
import { CancelledBySignal } from "../../../src/cancelled_by_signal.ts";
import type { PreparedRun } from "../../../src/commands/run/prepare_run.ts";
import {
  type DetachedTools,
  runDetached,
} from "../../../src/commands/run/run_detached.ts";
import { recordLog } from "../../exec/fake_log.ts";
import { container, fakeAccess, task } from "../../target/fake_access.ts";

/** How a task ends: the status of its container, and why ECS says it stopped. */
function ended(
  id: string,
  exitCode: number | undefined,
  stopCode = "EssentialContainerExited",
): Task {
  return task(id, {
    status: "STOPPED",
    stopCode,
    containers: [{
      ...container("app", "STOPPED"),
      ...(exitCode === undefined ? {} : { exitCode }),
    }],
  });
}

/** Starts tasks that have ended at the second look. */
async function run(
  ends: readonly Task[],
  { wait = true, failures = [], cancel = false, print, isTerminal = false }: {
    readonly isTerminal?: boolean;
    readonly wait?: boolean;
    readonly failures?: readonly StartFailure[];
    /** A signal comes while they are waited for. */
    readonly cancel?: boolean;
    readonly print?: () => Promise<void>;
  } = {},
) {
  const { log, said } = recordLog();
  const steps: string[] = [];
  const access = fakeAccess({
    startTasks: () =>
      Promise.resolve({
        tasks: ends.map(({ id }) => task(id, { status: "PENDING" })),
        failures,
      }),
    describeTask: (_cluster, id) =>
      Promise.resolve(ends.find((one) => one.id === id)),
    stopTask: () => assert.fail("stopped a task that was to be left"),
  });
  let waits = 0;
  let screen = "";
  const tools = {
    mode: { kind: "detached", wait, count: ends.length + failures.length },
    limitMs: 0,
    shared: { logFormat: "text" },
    printIds: async (ids: readonly string[]) => {
      steps.push(`print ${ids.join(" ")}`);
      await print?.();
    },
    learn: (tasks: readonly Task[]) =>
      steps.push(`learn ${tasks.map(({ status }) => status).join(" ")}`),
    access,
    deps: {
      now: () => new Date(0),
      sleep: () => Promise.resolve(),
      env: () => undefined,
      stderr: { isTerminal, writeText: (text: string) => screen += text },
      terminalSize: () => ({ columns: 80, rows: 24 }),
    },
    log,
    cancellation: {
      orCancelled: (work: Promise<unknown>) =>
        // The first wait is for RunTask's answer.
        cancel && waits++ > 0
          ? Promise.reject(new CancelledBySignal("SIGINT"))
          : work,
      isCancelled: () => false,
      outlast: () => () => {},
    },
  } as unknown as DetachedTools;
  const prepared = {
    service: {
      name: "web",
      clusterArn: "arn:aws:ecs:us-east-1:1:cluster/main",
    },
    definition: { arn: "arn:aws:ecs:us-east-1:1:task-definition/web:7" },
    container: { name: "app", essential: true },
    request: { cluster: "main", count: ends.length, startedBy: "porthole-1" },
  } as unknown as PreparedRun;
  const status = await runDetached(prepared, tools).catch((error) => error);
  return { status, said, steps, screen, calls: access.calls };
}

Deno.test("the ids are printed before the end is waited for, and the tasks are known as they end", async () => {
  const { status, steps } = await run([ended("1", 0), ended("2", 0)]);
  assert.equal(status, 0);
  assert.deepEqual(steps, [
    "learn PENDING PENDING",
    "print 1 2",
    "learn STOPPED STOPPED",
  ]);
});

Deno.test("the status is that of the first task that did not end well", async () => {
  assert.equal((await run([ended("1", 0), ended("2", 137)])).status, 137);
  assert.equal((await run([ended("1", 3), ended("2", 137)])).status, 3);
  const never = await run([ended("1", 0), ended("2", undefined)]);
  assert.equal(never.status.code, "task_not_started");
});

Deno.test("a task that something else has stopped is warned of, whatever its container says", async () => {
  const { status, said } = await run([
    ended("1", 0),
    ended("2", 0, "UserInitiated"),
  ]);
  assert.equal(status, 0);
  const [, , ...ends] = said;
  assert.deepEqual(ends.map((line) => line.split(" ").slice(0, 3).join(" ")), [
    "info: Task 1",
    "warn: Task 2",
  ]);
});

Deno.test("on a terminal a line counts what is waited for, and is gone in the end, well or badly", async () => {
  for (const cancel of [false, true]) {
    const { screen } = await run([ended("1", 0), ended("2", 0)], {
      isTerminal: true,
      cancel,
    });
    assert.match(screen, /Waiting for the tasks to end: 2 PENDING: 0s/);
    assert(screen.endsWith("\r\x1b[K"));
  }
});

Deno.test("without --wait nothing is waited for", async () => {
  const { status, calls } = await run([ended("1", 3)], { wait: false });
  assert.deepEqual([status, calls], [0, ["startTasks"]]);
});

Deno.test("tasks that AWS did not start are a failure, once the others have ended", async () => {
  for (const wait of [true, false]) {
    const { status, steps } = await run([ended("1", 0)], {
      wait,
      failures: [{ reason: "RESOURCE:MEMORY" }],
    });
    assert.equal(status.code, "task_not_started");
    assert.match(status.message, /^Cannot start 1 of 2 tasks: /);
    assert.equal(steps.length, wait ? 3 : 2);
  }
});

Deno.test("who stops waiting is told how to stop each task, and ids that are lost are a failure", async () => {
  const left = await run([ended("1", 0), ended("2", 0)], { cancel: true });
  assert.equal(left.status.code, "cancelled");
  assert.deepEqual(
    left.said.filter((line) => /keeps running/.test(line)),
    ["1", "2"].map((id) =>
      `info: Task ${id} keeps running; to stop it: aws ecs stop-task --region us-east-1 --cluster main --task ${id}`
    ),
  );
  const lost = await run([ended("1", 0)], {
    print: () => Promise.reject(new Error("full")),
  });
  assert.equal(lost.status.message, "full");
  assert.equal(lost.steps.length, 2);
});
