import assert from "node:assert/strict";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { SandboxOptions } from "../sandbox/sandbox_options.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { recordCalls } from "./record_calls.ts";
import { testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());
const { env } = sandbox;
const [worker = { taskId: "", taskArn: "" }] = sandbox.tasks("worker");

/** Runs `body` with a sandbox of its own. */
async function withSandbox(
  options: Partial<SandboxOptions>,
  body: (sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  const own = await startSandbox(options);
  try {
    await body(own);
  } finally {
    await own.close();
  }
}

/** The sandbox makes it up of the id. */
function addressOf(taskId: string): string {
  return `10.0.${parseInt(taskId.slice(0, 2), 16)}.${
    parseInt(taskId.slice(2, 4), 16)
  }`;
}

const plans: readonly (readonly [
  name: string,
  args: readonly string[],
  calls: readonly string[],
])[] = [
  ["a service of one-container tasks", ["worker"], [
    "ListTasks",
    "DescribeTasks",
    "ExecuteCommand",
  ]],
  ["a whole task id", ["--task-id", worker.taskId], [
    "DescribeTasks",
    "ExecuteCommand",
  ]],
  ["a task's ARN", [worker.taskArn], ["DescribeTasks", "ExecuteCommand"]],
  ["the beginning of a task id", ["--task-id", worker.taskId.slice(0, 10)], [
    "ListTasks",
    "DescribeTasks",
    "ExecuteCommand",
  ]],
  ["a private IP", ["--task-id", addressOf(worker.taskId)], [
    "ListTasks",
    "DescribeTasks",
    "ExecuteCommand",
  ]],
  ["several containers, one of them named", [
    "web",
    "--pick",
    "first",
    "-c",
    "sidecar",
  ], [
    "ListTasks",
    "DescribeTasks",
    "ExecuteCommand",
  ]],
  ["several containers, none named", ["web", "--pick", "first"], [
    "ListTasks",
    "DescribeTasks",
    "DescribeTaskDefinition",
    "ExecuteCommand",
  ]],
];

for (const [name, args, expected] of plans) {
  testPorthole(
    `${name}: ${expected.join(", ")}, and the session`,
    async (porthole) => {
      const calls = recordCalls(sandbox);
      const result = await porthole.run(["exec", ...args, "--", "true"], {
        env,
      });
      assert.equal(result.status, 0, result.stderr);
      assert.deepEqual(calls.names(), [...expected, "OpenDataChannel"]);
    },
  );
}

testPorthole(
  "two hundred and fifty tasks: listed in pages, described in hundreds",
  (porthole) =>
    withSandbox({ tasks: { worker: 250 } }, async (own) => {
      const calls = recordCalls(own);
      const result = await porthole.run(
        ["exec", "worker", "--pick", "newest", "--", "true"],
        { env: own.env },
      );
      assert.equal(result.status, 0, result.stderr);
      // Tasks are described while the next page is read.
      const names = calls.names();
      assert.deepEqual(names.slice(0, 6).sort(), [
        ...Array(3).fill("DescribeTasks"),
        ...Array(3).fill("ListTasks"),
      ]);
      assert.deepEqual([names[0], ...names.slice(5)], [
        "ListTasks",
        "DescribeTasks",
        "ExecuteCommand",
        "OpenDataChannel",
      ]);
    }),
);

testPorthole(
  "a throttled call is made again",
  (porthole) =>
    withSandbox({ throttle: 2 }, async (own) => {
      const result = await porthole.run(["exec", "worker", "--", "true"], {
        env: own.env,
      });
      assert.equal(result.status, 0, result.stderr);
      assert.deepEqual(
        own.requests().map((
          { operation, answer },
        ) => [operation, answer.status]),
        [
          ["ListTasks", 400],
          ["ListTasks", 400],
          ["ListTasks", 200],
          ["DescribeTasks", 200],
          ["ExecuteCommand", 200],
          ["OpenDataChannel", 101],
        ],
      );
    }),
);

for (
  const action of [
    "ecs:ListTasks",
    "ecs:DescribeTasks",
    "ecs:ExecuteCommand",
    "ssmmessages:OpenDataChannel",
  ]
) {
  testPorthole(
    `not allowed ${action}: the error names it`,
    (porthole) =>
      withSandbox({ deny: [action] }, async (own) => {
        const result = await porthole.run(["exec", "worker", "--", "true"], {
          env: own.env,
        });
        assert.match(result.stderr, /^error: Cannot /m);
        assert(result.stderr.includes(action), result.stderr);
        assert.equal(result.status, 125);
      }),
  );
}

testPorthole(
  "expired credentials: the way to new ones",
  (porthole) =>
    withSandbox({}, async (own) => {
      own.setExpired(true);
      const result = await porthole.run(["exec", "worker", "--", "true"], {
        env: own.env,
      });
      assert.match(result.stderr, /^error: .*credentials.*expired/m);
      assert.match(
        result.stderr,
        /^hint: get new ones, and set AWS_ACCESS_KEY_ID/m,
      );
      assert.equal(result.status, 125);
    }),
);

testPorthole(
  "an agent that has stopped: its reason",
  (porthole) =>
    withSandbox({ agentStopped: "out of memory" }, async (own) => {
      const result = await porthole.run(["exec", "worker", "--", "true"], {
        env: own.env,
      });
      assert.match(result.stderr, /^error: .*STOPPED.*out of memory/m);
      assert.equal(result.status, 125);
    }),
);
