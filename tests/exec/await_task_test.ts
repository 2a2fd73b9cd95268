import assert from "node:assert/strict";
import { PortholeError } from "../../src/errors.ts";
import { awaitTask } from "../../src/exec/await_task.ts";

/** A clock that goes on while one sleeps, and what was said. */
function startClock() {
  let ms = 0;
  const lines: string[] = [];
  const log = {
    debug() {},
    info: (text: string) => lines.push(text),
    warn() {},
    withPrefix: () => log,
    hush() {},
    isQuiet: () => false,
  };
  return {
    lines,
    elapsed: () => ms,
    tools: {
      deps: {
        now: () => new Date(ms),
        sleep(pause: number) {
          ms += pause;
          return Promise.resolve();
        },
        stderr: {
          isTerminal: false,
          write: () => Promise.resolve(),
          writeText() {},
        },
        env: () => undefined,
        terminalSize: () => undefined,
      },
      log,
      shared: { logFormat: "text" as const },
    },
  };
}

const none = () =>
  Promise.reject(new PortholeError("no_running_task", "Cannot find a task"));

Deno.test("a task that comes is taken, and the wait is said once", async () => {
  const { tools, lines, elapsed } = startClock();
  let looks = 0;
  const found = await awaitTask(
    () => ++looks < 4 ? none() : Promise.resolve("task"),
    60_000,
    tools,
  );
  assert.equal(found, "task");
  assert.equal(elapsed(), 9_000);
  assert.deepEqual(lines, ["Waiting for a task to run"]);
});

Deno.test("after the limit the failure is what it was, and says how long was waited", async () => {
  const { tools, elapsed } = startClock();
  await assert.rejects(awaitTask(none, 10_000, tools), (error: unknown) => {
    assert.ok(error instanceof PortholeError);
    assert.equal(error.code, "no_running_task");
    assert.match(error.hint ?? "", /waited 10s/);
    return true;
  });
  assert.equal(elapsed(), 10_000);
});

Deno.test("another failure is no reason to wait", async () => {
  const { tools, elapsed } = startClock();
  const denied = new PortholeError("access_denied", "Cannot list");
  await assert.rejects(
    awaitTask(() => Promise.reject(denied), 10_000, tools),
    denied,
  );
  assert.equal(elapsed(), 0);
});

Deno.test("without a limit the wait has no end of its own", async () => {
  const { tools, elapsed } = startClock();
  let looks = 0;
  const found = await awaitTask(
    () => ++looks < 1_000 ? none() : Promise.resolve("task"),
    0,
    tools,
  );
  assert.equal(found, "task");
  assert.equal(elapsed(), 999 * 3_000);
});
