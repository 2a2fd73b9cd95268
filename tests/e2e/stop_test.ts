import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { recordCalls } from "./record_calls.ts";
import { testPorthole } from "./run_porthole.ts";
import { testOnce } from "./test_once.ts";

testPorthole("stop stops what was named, with the reason", async (porthole) => {
  const sandbox = await startSandbox();
  try {
    const [first = { taskId: "" }] = sandbox.tasks("web");
    const calls = recordCalls(sandbox);
    const result = await porthole.run([
      "stop",
      first.taskId.slice(0, 10),
      // The same once more: it is stopped once.
      first.taskId.slice(0, 12),
      "--yes",
      "--reason",
      "stuck since noon",
    ], { env: sandbox.env });
    assert.equal(result.status, 0, result.stderr);
    assert.equal(result.text, `Task ${first.taskId} is stopping\n`);
    assert.deepEqual(calls.names(), ["ListTasks", "DescribeTasks", "StopTask"]);
    const stopped = calls.last("StopTask");
    assert.equal(stopped.parameters["reason"], "stuck since noon");
    assert.equal(stopped.parameters["task"], first.taskId);
  } finally {
    await sandbox.close();
  }
});

testOnce(
  "stop by a private IP; by an instance's only where one task is on it",
  async (porthole) => {
    for (const count of [1, 2]) {
      const sandbox = await startSandbox({
        tasks: { legacy: count },
        instance: { privateIp: "10.0.7.7" },
      });
      try {
        const calls = recordCalls(sandbox);
        const { env } = sandbox;
        const ids = sandbox.tasks("legacy").map(({ taskId }) => taskId);
        const result = await porthole.run(["stop", "10.0.7.7", "--yes"], {
          env,
        });
        const looks = [
          "ListTasks",
          "DescribeTasks",
          "DescribeInstances",
          "DescribeContainerInstances",
        ];
        if (count === 1) {
          assert.equal(result.status, 0, result.stderr);
          assert.equal(result.text, `Task ${ids[0]} is stopping\n`);
          assert.deepEqual(calls.names(), [...looks, "StopTask"]);
          const none = await porthole.run(["stop", "10.0.7.8", "--yes"], {
            env,
          });
          assert.equal(none.status, 1);
          assert.match(
            none.stderr,
            /Cannot find a task with the address 10\.0\.7\.8 in cluster "default"/,
          );
        } else {
          assert.equal(result.status, 1);
          assert.match(
            result.stderr,
            /Cannot choose a task: 2 tasks have the address 10\.0\.7\.7 in cluster "default"\n/,
          );
          for (const id of ids) assert.ok(result.stderr.includes(id));
          assert.deepEqual(calls.names(), looks);
          const listed = await porthole.run(
            ["tasks", "--filter", "ip=10.0.7.7", "-o", "json"],
            { env },
          );
          assert.equal(JSON.parse(listed.text).tasks.length, 2);
        }
      } finally {
        await sandbox.close();
      }
    }
  },
);

testOnce(
  "stop without a terminal and without --yes: nothing is stopped",
  async (porthole) => {
    const sandbox = await startSandbox();
    try {
      const [first = { taskId: "" }] = sandbox.tasks("web");
      const calls = recordCalls(sandbox);
      const result = await porthole.run(["stop", first.taskId], {
        env: sandbox.env,
      });
      assert.equal(result.status, 1);
      assert.match(result.stderr, /Cannot stop task .*: there is no terminal/);
      assert.match(
        result.stderr,
        /account 123456789012, region us-east-1, cluster "default"/,
      );
      assert.match(result.stderr, /service "web", which starts another/);
      assert.ok(!calls.names().includes("StopTask"));
    } finally {
      await sandbox.close();
    }
  },
);

testOnce(
  "stop asks at a terminal; anything but yes is no",
  async (porthole) => {
    const sandbox = await startSandbox();
    try {
      const [first = { taskId: "" }] = sandbox.tasks("worker");
      for (const [answer, status] of [["yay", 130], ["y", 0]] as const) {
        const pty = porthole.openPty(["stop", first.taskId], {
          env: sandbox.env,
        });
        await pty.waitFor("Continue? [y/N]");
        pty.write(`${answer}\r`);
        assert.equal((await pty.exit).code, status, pty.output);
      }
    } finally {
      await sandbox.close();
    }
  },
);

testOnce(
  "one that is not there: nothing at all is stopped",
  async (porthole) => {
    const sandbox = await startSandbox();
    try {
      const [first = { taskId: "" }] = sandbox.tasks("web");
      for (
        const [other, code] of [
          ["0".repeat(32), "task_not_found"],
          ["eeeeeeee", "task_not_found"],
        ] as const
      ) {
        const calls = recordCalls(sandbox);
        const result = await porthole.run(
          ["stop", first.taskId, other, "--yes", "-o", "json"],
          { env: sandbox.env },
        );
        assert.equal(result.status, 1);
        assert.equal(JSON.parse(result.text).error.code, code);
        assert.ok(!calls.names().includes("StopTask"));
      }
    } finally {
      await sandbox.close();
    }
  },
);

testOnce(
  "a task that may not be stopped is told, the status is 1",
  async (porthole) => {
    const sandbox = await startSandbox({ deny: ["ecs:StopTask"] });
    try {
      const [first = { taskId: "" }, second = first] = sandbox.tasks("web");
      const result = await porthole.run(
        ["stop", first.taskId, second.taskId, "--yes", "-o", "json"],
        { env: sandbox.env },
      );
      assert.equal(result.status, 1, result.stderr);
      const { tasks, status } = JSON.parse(result.text);
      assert.equal(status, 1);
      assert.deepEqual(
        [tasks[0].id, tasks[0].state, tasks[0].error.code],
        [first.taskId, "FAILED", "access_denied"],
      );
      assert.match(result.stderr, /ecs:StopTask/);
      for (const { taskId } of [first, second]) {
        assert(result.stderr.includes(`Cannot stop task ${taskId}`));
      }
    } finally {
      await sandbox.close();
    }
  },
);

testOnce("stop --wait returns when a task has stopped", async (porthole) => {
  const sandbox = await startSandbox();
  try {
    const started = await porthole.run(
      ["run", "worker", "-d", "--", "sleep", "300"],
      { env: sandbox.env },
    );
    assert.equal(started.status, 0, started.stderr);
    const id = started.text.trim();
    const result = await porthole.run(
      ["stop", id, "--yes", "--wait", "-o", "json"],
      { env: sandbox.env },
    );
    assert.equal(result.status, 0, result.stderr);
    const { tasks: [task] } = JSON.parse(result.text);
    assert.equal(task.state, "STOPPED");
    assert.deepEqual(Object.keys(task.exit_codes), ["worker"]);
    const again = await porthole.run(["stop", id], { env: sandbox.env });
    assert.equal(again.status, 0, again.stderr);
    assert.match(again.stderr, /had stopped already/);
  } finally {
    await sandbox.close();
  }
});
