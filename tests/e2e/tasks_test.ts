import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { recordCalls } from "./record_calls.ts";
import { testPorthole } from "./run_porthole.ts";
import { testOnce } from "./test_once.ts";

const sandbox = await startSandbox({ unsettled: true });
Deno.test.afterAll(() => sandbox.close());
const { env } = sandbox;
const [younger = "", older = ""] = sandbox.tasks("web")
  .map(({ taskId }) => taskId);
const [legacy = { taskId: "", taskArn: "" }] = sandbox.tasks("legacy");

testPorthole(
  "tasks of a service: two calls, oldest first",
  async (porthole) => {
    const calls = recordCalls(sandbox);
    const result = await porthole.run(["tasks", "web"], { env });
    assert.equal(result.status, 0, result.stderr);
    assert.equal(result.stderr, "");
    const lines = result.text.trimEnd().split("\n").map((line) =>
      line.trim().split(/ {2,}/)
    );
    assert.deepEqual(lines.map(([first]) => first), [
      "TASK",
      older,
      "web",
      younger,
      "web",
    ]);
    assert.deepEqual(lines[1]?.slice(-4), [
      "sidecar",
      "RUNNING",
      "ecs-exec",
      "with ECS Exec",
    ]);
    assert.deepEqual(calls.names(), ["ListTasks", "DescribeTasks"]);
  },
);

testOnce(
  "tasks -A lists the cluster beside a configured service",
  async (porthole) => {
    const around = { env: { ...env, PORTHOLE_SERVICE: "web" } };
    const one = await porthole.run(["tasks", "-o", "tsv"], around);
    assert(!one.text.includes("worker"), one.text);
    const all = await porthole.run(["tasks", "-A", "-o", "tsv"], around);
    assert.equal(all.status, 0, all.stderr);
    for (const name of ["web", "worker", "legacy"]) {
      assert.match(all.text, new RegExp(`\t${name}\t`));
    }
  },
);

testOnce(
  "an exported COLUMNS is the width in a pipe, but for TSV and JSON",
  async (porthole) => {
    const run = (args: readonly string[], columns: string) =>
      porthole.run(["tasks", ...args], { env: { ...env, COLUMNS: columns } });
    const table = await run([], "60");
    assert.equal(table.status, 0, table.stderr);
    for (const line of table.text.split("\n")) {
      assert.ok(
        line.length <= 60,
        line,
      );
    }
    for (const columns of ["0", "", "wide", "-1"]) {
      assert.ok((await run([], columns)).text.includes("  REASON"), columns);
    }
    for (const format of ["tsv", "json"]) {
      const [narrow, plain] = [
        await run(["-o", format], "20"),
        await porthole.run(["tasks", "-o", format], { env }),
      ];
      assert.equal(narrow.text, plain.text);
      assert.match(plain.text, /10\.0\.\d+\.\d+/);
    }
  },
);

testOnce("tasks of a cluster, with stopped ones, as TSV", async (porthole) => {
  const result = await porthole.run(["tasks", "--all", "-o", "tsv"], { env });
  assert.equal(result.status, 0, result.stderr);
  const [titles = [], ...rows] = result.text.trimEnd().split("\n")
    .map((line) => line.split("\t"));
  const pick = (name: string) =>
    rows.map((row) => row[titles.indexOf(name)] ?? "");
  assert.deepEqual(pick("service"), [
    "fargate-old",
    "legacy",
    "pending",
    "stopping",
    ...["web", "web", "web", "web"],
    ...["web-canary", "web-canary"],
    "worker",
  ]);
  assert.deepEqual(pick("route").slice(0, 5), [
    "none",
    "docker",
    "none",
    "none",
    "ecs_exec",
  ]);
  assert.equal(
    pick("stopped_reason")[3],
    "Essential container in task exited",
  );
  assert.equal(pick("exit_code")[3], "1");
});

testOnce("tasks of one task, and what --via makes of it", async (porthole) => {
  for (const target of [legacy.taskId, legacy.taskArn]) {
    const result = await porthole.run(
      ["tasks", target, "-o", "json", "--via", "docker"],
      { env },
    );
    assert.equal(result.status, 0, result.stderr);
    const { tasks, cluster, service, account, profile } = JSON.parse(
      result.text,
    );
    assert.deepEqual([cluster, service, account, profile], [
      "default",
      null,
      "123456789012",
      null,
    ]);
    assert.deepEqual(
      tasks.map(({ id, service }: { id: string; service: string }) => [
        id,
        service,
      ]),
      [[legacy.taskId, "legacy"]],
    );
    assert.deepEqual(tasks[0].containers[0].route, {
      kind: "docker",
      because: "--via is docker",
    });
  }
});

testOnce("no tasks are no failure, and said so", async (porthole) => {
  for (
    const [args, said] of [
      [["stopped"], /No task of service "stopped" is running; --all shows/],
      [
        ["stopped", "--all"],
        /No task of service "stopped" is running, and none/,
      ],
      [["stopped", "-q"], /^$/],
    ] as const
  ) {
    const result = await porthole.run(["tasks", ...args], { env });
    assert.equal(result.status, 0);
    assert.equal(result.text, "");
    assert.match(result.stderr, said);
  }
});

testOnce(
  "tasks that cannot be listed: 1, an object, a hint",
  async (porthole) => {
    for (
      const [args, code, hint] of [
        [["wbe"], "service_not_found", /"web"/],
        [["nope/web"], "cluster_not_found", /"default"/],
        [["0".repeat(32)], "task_not_found", /an hour after they stop/],
      ] as const
    ) {
      const result = await porthole.run(["tasks", ...args, "-o", "json"], {
        env,
      });
      assert.equal(result.status, 1);
      const { error } = JSON.parse(result.text);
      assert.equal(error.code, code);
      assert.match(error.hint, hint);
      assert.match(result.stderr, /^error: Cannot find/);
    }
    const slip = await porthole.run(["tasks", "web", "db"], { env });
    assert.equal(slip.status, 2);
  },
);

testOnce("a terminal's width bounds the table", async (porthole) => {
  const pty = porthole.openPty(["tasks", "legacy"], {
    env: { ...env, NO_COLOR: "1" },
    columns: 60,
  });
  await pty.waitFor(
    new RegExp(`${legacy.taskId.slice(0, 12)}  RUNNING  .*legacy  .*docker`),
  );
  await pty.waitFor("\r\n    the task was started without ECS Exec\r\n");
  const exit = await pty.exit;
  assert.equal(exit.code, 0);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(pty.output, /\x1b/);
});

testOnce(
  "--timeout gives up on an API that does not answer",
  async (porthole) => {
    const slow = await startSandbox({ latencyMs: 20_000 });
    try {
      const result = await porthole.run(["tasks", "--timeout", "50ms"], {
        env: slow.env,
      });
      assert.equal(result.status, 1);
      assert.equal(
        result.stderr,
        "error: Cannot wait any longer: AWS did not answer within 50ms\n" +
          "hint: --timeout sets the limit; 0 removes it\n",
      );
    } finally {
      await slow.close();
    }
  },
);

testOnce("tasks, wide and filtered", async (porthole) => {
  const wide = await porthole.run(["tasks", "-o", "wide"], {
    env: { ...env, COLUMNS: "60" },
  });
  assert.equal(wide.status, 0, wide.stderr);
  assert.match(wide.text, /^TASK .* ZONE +INSTANCE +PRIVATE IP /);
  const line = wide.text.split("\n").find((one) => one.startsWith(older)) ?? "";
  const ip = / (10\.\S+) /.exec(line)?.[1] ?? "";
  const found = await porthole.run(
    ["tasks", "--filter", `ip=${ip}`, "-o", "json"],
    { env },
  );
  const ids = JSON.parse(found.text).tasks.map(({ id }: { id: string }) => id);
  assert.deepEqual(ids, [older]);
  const none = await porthole.run(["tasks", "--filter", "tag=team=none"], {
    env,
  });
  assert.equal(none.status, 0, none.stderr);
  assert.equal(none.text, "");
  assert.match(none.stderr, /No task of cluster "default" matches --filter/);
});

testOnce("tasks --watch tells what changes, until Ctrl-C", async (porthole) => {
  const own = await startSandbox();
  try {
    const running = porthole.start(
      ["tasks", "worker", "--watch", "-o", "json"],
      {
        env: own.env,
      },
    );
    await running.waitFor("\n");
    const [{ taskId } = { taskId: "" }] = own.tasks("worker");
    const stopped = await porthole.run(["stop", taskId, "--yes"], {
      env: own.env,
    });
    assert.equal(stopped.status, 0, stopped.stderr);
    await running.waitFor('"tasks":[]');
    running.kill("SIGINT");
    const result = await running.result;
    assert.equal(result.status, 130, result.stderr);
    assert.ok(result.text.trimEnd().split("\n").length >= 2);
  } finally {
    await own.close();
  }
});
