import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { recordCalls } from "./record_calls.ts";
import { testPorthole } from "./run_porthole.ts";
import { testOnce } from "./test_once.ts";

const sandbox = await startSandbox({ unsettled: true });
Deno.test.afterAll(() => sandbox.close());
const { env } = sandbox;
const [legacy = { taskId: "", taskArn: "" }] = sandbox.tasks("legacy");

testPorthole("status of a service, as text", async (porthole) => {
  const calls = recordCalls(sandbox);
  const result = await porthole.run(["status", "web", "--events", "1"], {
    env,
  });
  assert.equal(result.status, 0, result.stderr);
  assert.equal(result.stderr, "");
  assert.match(result.text, /^Tasks: +2 running of 2 desired$/m);
  assert.match(
    result.text,
    /^ECS Exec: +on, and all 2 running tasks have it$/m,
  );
  assert.match(result.text, /^PRIMARY +COMPLETED +2\/2 +0 +0 +web:6 /m);
  assert.match(
    result.text,
    /\n\nEVENTS\n\w+ +\(service web\) has reached a steady state\.\n$/,
  );
  assert.deepEqual(calls.names().toSorted(), [
    "DescribeServices",
    "DescribeTasks",
    "ListTasks",
  ]);
});

testOnce(
  "status of the service that started a task, as JSON",
  async (porthole) => {
    const result = await porthole.run(
      ["status", legacy.taskArn, "-o", "json"],
      {
        env,
      },
    );
    assert.equal(result.status, 0, result.stderr);
    const status = JSON.parse(result.text);
    assert.equal(status.service, "legacy");
    assert.equal(status.execute_command_enabled, false);
    assert.deepEqual([status.tasks_with_exec, status.tasks_without_exec], [
      0,
      1,
    ]);
    assert.equal(status.events.length, 2);
  },
);

testOnce("a rollout that is under way says how far it is", async (porthole) => {
  const result = await porthole.run(["status", "pending"], { env });
  assert.match(result.text, /^Tasks: +0 running of 1 desired, 1 pending$/m);
  assert.match(result.text, /^PRIMARY +IN_PROGRESS +0\/1 +1 +0 /m);
});

testOnce(
  "status without a right to look at tasks leaves them out",
  async (porthole) => {
    const denied = await startSandbox({ deny: ["ecs:ListTasks"] });
    try {
      const result = await porthole.run(["status", "web", "-o", "json"], {
        env: denied.env,
      });
      assert.equal(result.status, 0, result.stderr);
      const { running, tasks_with_exec, account, profile } = JSON.parse(
        result.text,
      );
      assert.deepEqual([running, tasks_with_exec, account, profile], [
        2,
        null,
        "123456789012",
        null,
      ]);
    } finally {
      await denied.close();
    }
  },
);

testOnce(
  "a status that cannot be had: 1, an object, a hint",
  async (porthole) => {
    for (
      const [args, code, hint] of [
        [["wbe"], "service_not_found", /"web"/],
        [["nope/web"], "cluster_not_found", /"default"/],
        [["0".repeat(32)], "task_not_found", /an hour after they stop/],
        [[], "no_service", /porthole status SERVICE\ncluster "default" has: /],
      ] as const
    ) {
      const result = await porthole.run(["status", ...args, "-o", "json"], {
        env,
      });
      assert.equal(result.status, 1);
      const { error } = JSON.parse(result.text);
      assert.equal(error.code, code);
      assert.match(error.hint, hint);
    }
  },
);

testOnce("on a terminal the service can be chosen", async (porthole) => {
  const { PORTHOLE_CONFIG: _, ...bare } = env;
  const pty = porthole.openPty(["status"], { env: bare });
  await pty.waitFor("Select service number");
  pty.write("worker\r");
  await pty.waitFor(/Service: +worker\r\n/);
  const exit = await pty.exit;
  assert.equal(exit.code, 0);
  assert.equal(exit.sttyAfter, exit.sttyBefore);
});

testPorthole(
  "--watch redraws until Ctrl-C, and leaves the terminal as it was",
  async (porthole) => {
    const pty = porthole.openPty(["status", "web", "--watch"], { env });
    await pty.waitFor("\x1b[?1049h");
    await pty.waitFor("Press Ctrl-C to quit");
    await pty.waitFor("\x1b[J");
    pty.write("\x03");
    await pty.waitFor("\x1b[?1049l");
    await pty.waitFor(/Service: +web\r\n/);
    const exit = await pty.exit;
    assert.equal(exit.code, 130);
    assert.equal(exit.sttyAfter, exit.sttyBefore);
    assert.doesNotMatch(pty.output, /error:/);
  },
);

testOnce(
  "--watch into a pipe prints a block, and ends with INT",
  async (porthole) => {
    const watch = porthole.start(["status", "web", "--watch", "-o", "json"], {
      env,
    });
    await watch.waitFor("}\n");
    watch.kill("SIGINT");
    const result = await watch.result;
    assert.equal(result.status, 130);
    assert.equal(result.stderr, "");
    assert.equal(JSON.parse(result.text).service, "web");
  },
);
