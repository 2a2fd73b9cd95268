import assert from "node:assert/strict";
import { followRun } from "../../../src/commands/logs/follow_run.ts";
import type { Deps } from "../../../src/deps.ts";
import type { Log } from "../../../src/log.ts";
import { fakeAccess, task } from "../../target/fake_access.ts";

/** Follows a task that writes one line and ends, with a standard output that fails. */
async function follow(failure: Error) {
  const warnings: string[] = [];
  const log: Log = {
    debug() {},
    info() {},
    warn: (text) => void warnings.push(text),
    withPrefix: () => log,
    hush() {},
    isQuiet: () => false,
  };
  const access = fakeAccess({
    describeTaskDefinition: (arn) =>
      Promise.resolve({
        arn,
        containers: [{
          name: "app",
          essential: true,
          environment: [],
          secrets: [],
          readonlyRootFilesystem: false,
          initProcessEnabled: false,
          logs: {
            driver: "awslogs",
            options: { "awslogs-group": "g", "awslogs-stream-prefix": "ecs" },
          },
        }],
      }),
    filterLogEvents: ({ streams: [stream] }) =>
      Promise.resolve({
        events: [{
          id: "1",
          stream: stream!,
          at: 0,
          ingestedAt: 0,
          message: "line",
        }],
      }),
  });
  const deps = {
    stdout: { isTerminal: false, write: () => Promise.reject(failure) },
    env: () => undefined,
    now: () => new Date(0),
    sleep: () => Promise.resolve(),
  } as unknown as Deps;
  const unwritten = await followRun([task("t1")], Promise.resolve(), {
    access,
    shared: {
      logFormat: "text",
      color: "never",
      debug: false,
      noInput: false,
    },
    deps,
    log,
  });
  return { unwritten, warnings };
}

Deno.test("lines of a run task that cannot be written are reported, at once and at the end", async () => {
  const { unwritten, warnings } = await follow(new Error("No space left"));
  assert.equal(unwritten?.code, "io_failed");
  assert.deepEqual(warnings, [
    "Cannot write the output: No space left; the tasks go on, and are waited for",
  ]);
});

Deno.test("a reader of a run task's lines that has gone is no failure", async () => {
  assert.deepEqual(await follow(new Deno.errors.BrokenPipe()), {
    unwritten: undefined,
    warnings: [],
  });
});
