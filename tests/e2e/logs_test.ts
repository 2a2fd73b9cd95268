import assert from "node:assert/strict";
import { defaultOptions } from "../sandbox/sandbox_options.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { testPorthole } from "./run_porthole.ts";
import { testOnce } from "./test_once.ts";

const logs = {
  ...defaultOptions.logs,
  linesPerSecond: 20,
  lateEvery: 7,
  lateMs: 1_500,
  pageSize: 50,
  kept: 1_500,
};
const sandbox = await startSandbox({ logs });
Deno.test.afterAll(() => sandbox.close());
const { env } = sandbox;
const ids = sandbox.tasks("web").map(({ taskId }) => taskId.slice(0, 12));

/** The numbers of a container's lines. */
function numbersOf(text: string, start: string): readonly number[] {
  return text.split("\n").filter((line) => line.startsWith(start))
    .map((line) => Number(/line (\d+)$/.exec(line)?.[1] ?? NaN));
}

testPorthole(
  "logs of a service: all tasks by time, nothing left out",
  async (porthole) => {
    const result = await porthole.run(
      ["logs", "web", "--since", "30s", "--until", "5s"],
      { env },
    );
    assert.equal(result.status, 0, result.stderr);
    assert.equal(result.stderr, "");
    for (const id of ids) {
      for (const container of ["web", "sidecar"]) {
        const numbers = numbersOf(result.text, `${id} ${container} | `);
        assert.ok(numbers.length > 450, `${numbers.length}`);
        numbers.reduce((before, number) => {
          assert.equal(number, before + 1);
          return number;
        });
      }
    }
  },
);

testOnce(
  "followed, each line comes once, the late ones too, until Ctrl-C",
  async (porthole) => {
    const { text } = await porthole.run(["logs", "worker", "-n", "1"], { env });
    const first = Number(/line (\d+)/.exec(text)?.[1]);
    const running = porthole.start(["logs", "worker", "-f", "-n", "5"], {
      env,
    });
    // Every seventh line is late.
    const late = first + 140 - (first % 7);
    // A line that came in between two pages of one look is found by the next one.
    await running.waitFor(`worker line ${late + 60}\n`);
    running.kill("SIGINT");
    const result = await running.result;
    assert.equal(result.status, 130, result.stderr);
    assert.match(result.text, /^[0-9a-f]{12} \| worker line/m);
    const numbers = numbersOf(result.text, "");
    const known = numbers.filter((number) => number > 0);
    assert.equal(new Set(known).size, known.length, "a line came twice");
    for (let number = first + 40; number <= late; number++) {
      assert.ok(known.includes(number), `line ${number} is missing`);
    }
  },
);

testOnce(
  "one task, one container, JSON, a pattern and a regular expression",
  async (porthole) => {
    const [task = { taskId: "" }] = sandbox.tasks("web");
    const json = await porthole.run([
      "logs",
      "--task-id",
      task.taskId.slice(0, 8),
      "-c",
      "web",
      "-n3",
      "-o",
      "json",
    ], { env });
    assert.equal(json.status, 0, json.stderr);
    const events = json.text.trimEnd().split("\n").map((line) =>
      JSON.parse(line)
    );
    assert.equal(events.length, 3);
    for (const event of events) {
      assert.deepEqual([event.task, event.container, event.log_group], [
        task.taskId,
        "web",
        "/ecs/web",
      ]);
    }
    const { text } = await porthole.run(["tasks", "web", "-o", "json"], {
      env,
    });
    const { id, private_ip } = JSON.parse(text).tasks[0];
    const byAddress = await porthole.run(
      ["logs", "--task-id", private_ip, "-c", "web", "-n1", "-o", "json"],
      { env },
    );
    assert.equal(JSON.parse(byAddress.text).task, id, byAddress.stderr);
    const started = await porthole.run(
      ["logs", "web", "--since", "100h", "--filter", "started"],
      { env },
    );
    assert.match(started.text, /^[0-9a-f]{12} web \| web started$/m);
    assert.doesNotMatch(started.text, / line /);
    const matched = await porthole.run(
      ["logs", "worker", "--since", "1m", "--grep", "[37]$"],
      { env },
    );
    assert.match(matched.text, /^worker line \d*3$/m);
    assert.doesNotMatch(matched.text, /[0-24-689]$/m);
  },
);

testOnce(
  "a call that is throttled is made again",
  async (porthole) => {
    const busy = await startSandbox({
      logs,
      fail: {
        "logs:FilterLogEvents": { error: "ThrottlingException", times: 2 },
      },
    });
    try {
      const result = await porthole.run(["logs", "worker", "--since", "5s"], {
        env: busy.env,
      });
      assert.equal(result.status, 0, result.stderr);
      assert.ok(numbersOf(result.text, "worker").length > 50);
    } finally {
      await busy.close();
    }
  },
);

testOnce("what cannot be read says what is missing", async (porthole) => {
  for (
    const [options, args, code, text] of [
      [
        { deny: ["logs:FilterLogEvents"] },
        ["worker"],
        "access_denied",
        /logs:FilterLogEvents/,
      ],
      [
        { logs: { ...logs, missingGroups: ["/ecs/worker"] } },
        ["worker"],
        "log_group_not_found",
        /no such log group in region "us-east-1"/,
      ],
      [
        { logs: { ...logs, drivers: { worker: "awsfirelens" } } },
        ["worker"],
        "logs_unavailable",
        /"worker": it logs with "awsfirelens"/,
      ],
      [
        { logs: { ...logs, drivers: { worker: "" } } },
        ["worker"],
        "logs_unavailable",
        /sets no log driver/,
      ],
      [{}, ["worker", "-c", "wroker"], "container_not_found", /has "worker"/],
      [{}, ["worker", "--filter", '"'], "aws_refused", /filter pattern/],
      [{}, ["worker", "--previous"], "task_not_found", /last hour/],
      [{}, ["worker", "--since", "1m", "--until", "2m"], "usage", /not later/],
    ] as const
  ) {
    const other = await startSandbox(options);
    try {
      const result = await porthole.run(
        ["logs", ...args, "-o", "json", "--no-input"],
        { env: other.env },
      );
      assert.equal(result.status, code === "usage" ? 2 : 1, result.stderr);
      const { error } = JSON.parse(result.text);
      assert.equal(error.code, code);
      assert.match(error.message, text);
    } finally {
      await other.close();
    }
  }
});

testOnce(
  "another driver of a sidecar leaves the others readable",
  async (porthole) => {
    const mixed = await startSandbox({
      logs: { ...logs, drivers: { sidecar: "splunk" }, prefix: "" },
    });
    try {
      const result = await porthole.run(["logs", "web", "--since", "5s"], {
        env: mixed.env,
      });
      assert.equal(result.status, 0, result.stderr);
      assert.match(
        result.stderr,
        /"sidecar" is left out: it logs with "splunk"/,
      );
      assert.match(result.text, /^[0-9a-f]{12} \| web line \d+$/m);
    } finally {
      await mixed.close();
    }
  },
);

testOnce("a reader that has seen enough is no failure", async (porthole) => {
  const [command, ...args] = porthole.command(["logs", "web", "--since", "1h"]);
  const { code } = await new Deno.Command("bash", {
    args: [
      "-c",
      'set -o pipefail; "$@" | head -1 > /dev/null',
      "bash",
      command,
      ...args,
    ],
    env: { ...env },
  }).output();
  assert.equal(code, 0);
});

testOnce(
  "a deployment while following: the new task's lines come, too",
  async (porthole) => {
    const rolling = await startSandbox({
      logs,
      rollout: { ...defaultOptions.rollout, stepMs: 20 },
    });
    try {
      const old = rolling.tasks("worker").map(({ taskId }) => taskId);
      const running = porthole.start(["logs", "worker", "-f"], {
        env: rolling.env,
      });
      await running.waitFor("worker line");
      const switched = await porthole.run(
        ["disable-exec", "worker", "--yes"],
        { env: rolling.env },
      );
      assert.equal(switched.status, 0, switched.stderr);
      const fresh = rolling.tasks("worker").map(({ taskId }) => taskId)
        .find((id) => !old.includes(id)) ?? "";
      await running.waitFor(`${fresh.slice(0, 12)} | worker started`);
      running.kill("SIGTERM");
      const { status, stderr } = await running.result;
      assert.equal(status, 143, stderr);
      assert.match(stderr, new RegExp(`Task ${fresh} has started`));
    } finally {
      await rolling.close();
    }
  },
);
