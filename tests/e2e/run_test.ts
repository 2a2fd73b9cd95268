import assert from "node:assert/strict";
import type { Sandbox } from "../sandbox/sandbox.ts";
import {
  defaultOptions,
  type RunTaskOption,
  type SandboxOptions,
} from "../sandbox/sandbox_options.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { recordCalls } from "./record_calls.ts";
import {
  type Porthole,
  type Result,
  startProgram,
  testPorthole,
} from "./run_porthole.ts";
import { testOnce } from "./test_once.ts";

const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());
const { env } = sandbox;

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

/** A sandbox whose tasks start so. */
function starting(option: Partial<RunTaskOption>): Partial<SandboxOptions> {
  return { runTask: { ...defaultOptions.runTask, ...option } };
}

const NEVER = starting({ pullMs: Infinity });
const sleeper = ["run", "worker", "--", "sh", "-c", "echo up; exec sleep 60"];

/** The ids of the tasks that RunTask has started. */
function startedIn(own: Sandbox): readonly string[] {
  return [...new Set(own.taskChanges().map(({ taskId }) => taskId))];
}

function hasState(own: Sandbox, status: string): boolean {
  return own.taskChanges().some((change) => change.status === status);
}

/** Waits until all that was started has stopped: that takes a moment after StopTask. */
async function waitUntilStopped(own: Sandbox, tasks = 1): Promise<void> {
  await own.waitFor(({ taskChanges }) => {
    const stopped = taskChanges().filter(({ status }) => status === "STOPPED");
    return stopped.length === startedIn(own).length;
  });
  assert.equal(startedIn(own).length, tasks);
}

function assertFailed(result: Result, message: RegExp, status = 125): void {
  assert.equal(result.status, status, result.stderr);
  assert.match(result.stderr, message);
  assert.equal(result.text, "");
}

testPorthole(
  "run: the command's output and status, and the task stopped",
  async (porthole) => {
    const calls = recordCalls(sandbox);
    const result = await porthole.run(
      ["run", "web", "--", "sh", "-c", "echo hi; exit 3"],
      { env },
    );
    assert.equal(result.text, "hi\n");
    assert.equal(result.status, 3, result.stderr);
    assert.deepEqual(calls.names(), [
      "DescribeServices",
      "DescribeTaskDefinition",
      "RunTask",
      "DescribeTasks",
      "ExecuteCommand",
      "OpenDataChannel",
      "StopTask",
    ]);
    const { parameters } = calls.last("RunTask");
    assert.equal(parameters["launchType"], "FARGATE");
    assert.equal(parameters["enableExecuteCommand"], true);
    assert.match(String(parameters["startedBy"]), /^porthole-/);
    assert.match(
      result.stderr,
      /\[info\] web\/default Starting run\n.*Task definition: web:6\n.*Task ID: [0-9a-f]{32}\n/,
    );
    await sandbox.waitFor(({ taskChanges }) =>
      taskChanges().at(-1)?.status === "STOPPED"
    );
    assert.equal(
      sandbox.taskChanges().at(-1)?.stoppedReason,
      "porthole run: done",
    );
  },
);

testPorthole(
  "run streams standard input, with its end",
  async (porthole) => {
    const folder = await Deno.makeTempDir();
    await Deno.writeTextFile(`${folder}/a file`, "text");
    const { stdout } = await new Deno.Command("tar", {
      args: ["c", "-C", folder, "."],
    }).output();
    await Deno.remove(folder, { recursive: true });
    const result = await porthole.run(["run", "web", "--", "tar", "t"], {
      env,
      stdin: stdout,
    });
    assert.equal(result.text, "./\n./a file\n", result.stderr);
    assert.equal(result.status, 0);
  },
);

// --- every way out

for (
  const [signal, status] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const
) {
  testOnce(
    `run: ${signal} while the task is PENDING stops it`,
    (porthole) =>
      withSandbox(NEVER, async (own) => {
        const running = porthole.start(sleeper, { env: own.env });
        await own.waitFor((one) => hasState(one, "PENDING"));
        running.kill(signal);
        assertFailed(await running.result, /^error: Cancelled$/m, status);
        await waitUntilStopped(own);
        assert.equal(
          own.taskChanges().at(-1)?.stoppedReason,
          "porthole run: cancelled",
        );
      }),
  );

  testOnce(
    `run: ${signal} in mid-session stops the task`,
    (porthole) =>
      withSandbox({}, async (own) => {
        const running = porthole.start(sleeper, { env: own.env });
        await running.waitFor("up\n");
        running.kill(signal);
        const result = await running.result;
        assert.deepEqual([result.text, result.status], ["up\n", status]);
        await waitUntilStopped(own);
        assert.equal(
          own.taskChanges().at(-1)?.stoppedReason,
          `porthole run: cancelled by ${signal}`,
        );
      }),
  );
}

/** Resolves once another signal counts as another one. */
function afterBurst(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 600));
}

testPorthole(
  "run: a burst of signals before RunTask has answered stops the task",
  (porthole) =>
    withSandbox({ stall: { "ecs:RunTask": 1 } }, async (own) => {
      const running = porthole.start(sleeper, { env: own.env });
      await own.waitFor(({ requests }) =>
        requests().at(-1)?.operation === "RunTask"
      );
      for (let times = 0; times < 3; times++) {
        running.kill("SIGINT");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assertFailed(await running.result, /^error: Cancelled$/m, 130);
      await waitUntilStopped(own);
    }),
);

testPorthole(
  "run: --timeout covers the start: 124, and a task whose start was not answered is stopped",
  (porthole) =>
    withSandbox({ stall: { "ecs:RunTask": 1 } }, async (own) => {
      const result = await porthole.run(
        ["run", "worker", "--timeout", "500ms", "--", "true"],
        { env: own.env },
      );
      assertFailed(
        result,
        /^error: Cannot wait any longer: AWS did not answer within 500ms$/m,
        124,
      );
      await waitUntilStopped(own);
    }),
);

testPorthole(
  "run: StopTask that is not answered is tried again",
  (porthole) =>
    withSandbox({ ...NEVER, stall: { "ecs:StopTask": 1 } }, async (own) => {
      const running = porthole.start(sleeper, { env: own.env });
      await own.waitFor((one) => hasState(one, "PENDING"));
      running.kill("SIGTERM");
      const { status, stderr } = await running.result;
      assert.equal(status, 143, stderr);
      assert.match(stderr, /no answer within 20 s; trying again$/m);
      const stops = own.requests().filter(({ operation }) =>
        operation === "StopTask"
      );
      assert.equal(stops.length, 2);
    }),
  { long: true },
);

testOnce(
  "run: a second signal, at once, still stops the task",
  (porthole) =>
    withSandbox(NEVER, async (own) => {
      const running = porthole.start(sleeper, { env: own.env });
      await own.waitFor((one) => hasState(one, "PENDING"));
      running.kill("SIGINT");
      running.kill("SIGINT");
      assert.equal((await running.result).status, 130);
      await waitUntilStopped(own);
    }),
);

testOnce(
  "run: a command that heeds no signal is left with the second, and its task stopped",
  (porthole) =>
    withSandbox({}, async (own) => {
      const running = porthole.start([
        "run",
        "worker",
        "--",
        "sh",
        "-c",
        "trap '' INT TERM HUP; echo up; while :; do sleep 1; done",
      ], { env: own.env });
      await running.waitFor("up\n");
      running.kill("SIGINT");
      await afterBurst();
      running.kill("SIGINT");
      assert.equal((await running.result).status, 130);
      await waitUntilStopped(own);
    }),
);

testOnce(
  "run: a later signal while AWS does not take StopTask leaves the task running, as told",
  (porthole) =>
    withSandbox({
      ...NEVER,
      fail: { "ecs:StopTask": { error: "ClientException", message: "no" } },
    }, async (own) => {
      const running = porthole.start(sleeper, { env: own.env });
      await own.waitFor((one) => hasState(one, "PENDING"));
      running.kill("SIGINT");
      await own.waitFor(({ requests }) =>
        requests().at(-1)?.operation === "StopTask"
      );
      await afterBurst();
      running.kill("SIGINT");
      const result = await running.result;
      assert.match(
        result.stderr,
        /\[warn\] .*Stopping the task; another signal leaves it running$/m,
      );
      const [taskId] = startedIn(own);
      assertFailed(
        result,
        new RegExp(`^error: Cannot stop task ${taskId}, .*signal`, "m"),
      );
      assert.match(
        result.stderr,
        new RegExp(
          `^hint: stop it: aws ecs stop-task --region us-east-1 --cluster default --task ${taskId}$`,
          "m",
        ),
      );
    }),
);

testOnce(
  "run: a connection that AWS does not resume: 125, and the task stopped",
  (porthole) =>
    withSandbox({ resume: "none" }, async (own) => {
      const running = porthole.start(sleeper, { env: own.env });
      await running.waitFor("up\n");
      own.dropConnections();
      const result = await running.result;
      assert.equal(result.status, 125, result.stderr);
      await waitUntilStopped(own);
    }),
);

testOnce(
  "run: a task that cannot be looked at is stopped",
  (porthole) =>
    withSandbox({ deny: ["ecs:DescribeTasks"] }, async (own) => {
      const result = await porthole.run(sleeper, { env: own.env });
      assertFailed(
        result,
        /^error: .*not allowed to perform ecs:DescribeTasks/m,
      );
      await waitUntilStopped(own);
    }),
);

testOnce(
  "run: StopTask is tried again",
  (porthole) =>
    withSandbox({
      fail: { "ecs:StopTask": { error: "ClientException", times: 1 } },
    }, async (own) => {
      const result = await porthole.run(["run", "worker", "--", "true"], {
        env: own.env,
      });
      assert.equal(result.status, 0, result.stderr);
      assert.match(result.stderr, /\[warn\] .*Cannot stop task .*trying again/);
      await waitUntilStopped(own);
    }),
);

testOnce(
  "run: a task that may not be stopped is told of, with the command that stops it",
  (porthole) =>
    withSandbox({ deny: ["ecs:StopTask"] }, async (own) => {
      const result = await porthole.run(["run", "worker", "--", "false"], {
        env: own.env,
      });
      assertFailed(
        result,
        /^error: Cannot stop task [0-9a-f]{32}, which is still running: .*ecs:StopTask/m,
      );
      assert.match(result.stderr, /^hint: stop it: aws ecs stop-task /m);
    }),
);

testOnce(
  "run: a terminal that is closed while the task starts",
  (porthole) =>
    withSandbox({
      ...NEVER,
      // What is tried again is said so, to nobody.
      fail: { "ecs:StopTask": { error: "ClientException", times: 1 } },
    }, async (own) => {
      const pty = porthole.openPty(["run", "worker"], { env: own.env });
      await pty.waitFor("PENDING");
      const pid = await pty.pid;
      pty.close();
      // As the shell does to all that is its own; the kernel does it again when the shell ends.
      Deno.kill(pid, "SIGHUP");
      await own.waitFor(({ requests }) =>
        requests().at(-1)?.operation === "StopTask"
      );
      Deno.kill(pid, "SIGHUP");
      await waitUntilStopped(own);
    }),
);

testOnce(
  "run: a porthole that is killed leaves a task that ends by itself",
  (porthole) =>
    withSandbox({}, async (own) => {
      const running = porthole.start([
        "run",
        "worker",
        "--max-duration",
        "2s",
        "--",
        "sh",
        "-c",
        "echo up; sleep 60",
      ], { env: own.env });
      await running.waitFor("up\n");
      running.kill("SIGKILL");
      await running.result;
      await waitUntilStopped(own);
      assert.equal(
        own.taskChanges().at(-1)?.stopCode,
        "EssentialContainerExited",
      );
    }),
);

testOnce(
  "run without a command: a shell in the terminal, which is as before",
  (porthole) =>
    withSandbox({ agentPendingMs: 1_000 }, async (own) => {
      const pty = porthole.openPty(["run", "worker"], {
        env: { ...own.env, PORTHOLE_SESSION: "builtin" },
      });
      await pty.waitFor("Waiting for the task to start: PROVISIONING: 0s");
      await pty.waitFor("\r\x1b[K");
      await pty.waitFor(/[#$] $/);
      pty.write("exit 5\r");
      const { code, sttyBefore, sttyAfter } = await pty.exit;
      assert.equal(code, 5, pty.output);
      assert.equal(sttyAfter, sttyBefore);
      await waitUntilStopped(own);
    }),
);

/** Runs so many at the same time, and counts what they leave. */
async function runMany(porthole: Porthole, runs: number): Promise<void> {
  await withSandbox({}, async (own) => {
    const results = await Promise.all(
      Array.from(
        { length: runs },
        () => porthole.run(["run", "worker", "--", "true"], { env: own.env }),
      ),
    );
    assert.deepEqual(results.map(({ status }) => status), Array(runs).fill(0));
    await waitUntilStopped(own, runs);
    assert.deepEqual(
      own.tasks().filter(({ taskId, status }) =>
        startedIn(own).includes(taskId) && status !== "STOPPED"
      ),
      [],
    );
  });
}

testOnce(
  "five runs at a time leave no task",
  (porthole) => runMany(porthole, 5),
);

testPorthole("fifty runs leave no task", async (porthole) => {
  for (let round = 0; round < 10; round++) await runMany(porthole, 5);
}, { long: true });

// --- what does not start

const failures: readonly (readonly [
  name: string,
  options: Partial<SandboxOptions>,
  message: RegExp,
  hint: RegExp,
])[] = [
  [
    "no memory left",
    starting({
      failures: [{ arn: "arn:aws:ecs:x", reason: "RESOURCE:MEMORY" }],
    }),
    /^error: Cannot start the task: RESOURCE:MEMORY \(no container instance has enough of it left\)$/m,
    /^hint: .*--memory/m,
  ],
  [
    "no capacity",
    starting({
      failures: [{
        reason:
          "Capacity is unavailable at this time. Please try again later or in a different availability zone",
      }],
    }),
    /^error: Cannot start the task: Capacity is unavailable at this time/m,
    /^hint: try again later/m,
  ],
  [
    "no right to pass the role",
    { deny: ["iam:PassRole"] },
    /^error: Cannot start a task of "worker:9": .* is not allowed to perform iam:PassRole on arn:aws:iam::/m,
    /^hint: add to .*"Action":"iam:PassRole","Resource":"arn:aws:iam::/m,
  ],
  [
    "an image that cannot be pulled",
    starting({ stoppedReason: "CannotPullContainerError: pull: not found" }),
    /^error: Cannot start task [0-9a-f]{32}: it is STOPPED: CannotPullContainerError: pull: not found$/m,
    /^hint: check the image's name/m,
  ],
  [
    "an entry point that swallows the command",
    starting({ entryPoints: { worker: ["sh", "-c", "exit 2", "x"] } }),
    /^error: Cannot start task .*: it is STOPPED: Essential container in task exited; container "worker" exited with status 2$/m,
    /^hint: .*ENTRYPOINT.*--replace-entrypoint/m,
  ],
  [
    "an image without sh",
    { image: "no-sh" },
    /^error: Cannot start task .*: Task failed to start; container "worker": CannotStartContainerError: .*"sh": executable file not found/m,
    /^hint: the image has no sh.*-d/m,
  ],
];

for (const [name, options, message, hint] of failures) {
  testOnce(
    `run: ${name}: 125, and nothing left`,
    (porthole) =>
      withSandbox(options, async (own) => {
        const result = await porthole.run(sleeper, { env: own.env });
        assertFailed(result, message);
        assert.match(result.stderr, hint);
        assert.deepEqual(
          own.taskChanges().filter(({ status }) => status === "RUNNING")
            .length > 0,
          name.includes("swallows"),
        );
        await waitUntilStopped(own, startedIn(own).length);
      }),
  );
}

testOnce(
  "run: a task that never leaves PENDING: 124 after --timeout",
  (porthole) =>
    withSandbox(NEVER, async (own) => {
      const result = await porthole.run(
        ["run", "worker", "--timeout", "700ms", "--", "true"],
        { env: own.env },
      );
      assertFailed(
        result,
        /^error: Cannot wait any longer for task .* still PENDING, pulling its images after 700ms$/m,
        124,
      );
      await waitUntilStopped(own);
    }),
);

testOnce(
  "run: an agent that stays PENDING: --replace-entrypoint is named, the task stopped",
  (porthole) =>
    withSandbox({ agentPendingMs: 60_000 }, async (own) => {
      const result = await porthole.run(
        ["run", "worker", "--agent-timeout", "100ms", "--", "true"],
        { env: own.env },
      );
      assertFailed(result, /^error: Cannot wait any longer: the ECS/m, 124);
      assert.match(result.stderr, /^hint: .*--replace-entrypoint/m);
      await waitUntilStopped(own);
    }),
);

testOnce(
  "run --replace-entrypoint goes through a task definition that is then gone",
  (porthole) =>
    withSandbox(
      starting({ entryPoints: { worker: ["sh", "-c", "exit 2", "x"] } }),
      async (own) => {
        const result = await porthole.run(
          ["run", "worker", "--replace-entrypoint", "--", "echo", "hi"],
          { env: own.env },
        );
        assert.deepEqual([result.text, result.status], ["hi\n", 0]);
        const calls = own.requests().map(({ operation }) => operation);
        const register = own.requests().find(({ operation }) =>
          operation === "RegisterTaskDefinition"
        );
        assert.equal(register?.parameters["family"], "worker-porthole-run");
        assert.equal(register?.answer.status, 200);
        assert.equal(
          calls.filter((name) => name === "DeregisterTaskDefinition").length,
          1,
        );
        await waitUntilStopped(own);
      },
    ),
);

testOnce(
  "run --replace-entrypoint: a cancel takes the task definition back as well",
  (porthole) =>
    withSandbox(NEVER, async (own) => {
      const running = porthole.start(
        ["run", "worker", "--replace-entrypoint", "--", "true"],
        { env: own.env },
      );
      await own.waitFor((one) => hasState(one, "PENDING"));
      running.kill("SIGTERM");
      assert.equal((await running.result).status, 143);
      await waitUntilStopped(own);
      const request = own.requests().findLast(({ operation }) =>
        operation === "DeregisterTaskDefinition"
      );
      assert.match(
        String(request?.parameters["taskDefinition"]),
        /worker-porthole-run:1$/,
      );
    }),
);

testOnce(
  "run with ECSExec=No: refused on Fargate before anything starts; through Docker on EC2",
  async (porthole) => {
    const calls = recordCalls(sandbox);
    const fargate = await porthole.run(
      ["run", "worker", "--ecs-exec", "No", "--", "true"],
      { env },
    );
    assertFailed(
      fargate,
      /^error: cannot exec into Fargate task without ECS Exec enabled; set ECSExec=Yes on the rack and redeploy$/m,
    );
    const privileged = await porthole.run(
      ["run", "worker", "--privileged", "--", "true"],
      { env },
    );
    assertFailed(privileged, /^error: Cannot use "--privileged" through ECS/m);
    assert(!calls.names().includes("RunTask"));

    await withSandbox({}, async (own) => {
      const ec2 = await porthole.run(
        ["run", "legacy", "--ecs-exec", "No", "--", "true"],
        { env: { ...own.env, DOCKER_HOST: "unix:///nowhere.sock" } },
      );
      assertFailed(ec2, /\[warn\] legacy\/default Using Docker exec because/);
      assert.match(ec2.stderr, /^error: Cannot reach the Docker daemon/m);
      const request = own.requests().find(({ operation }) =>
        operation === "RunTask"
      );
      assert.equal(request?.parameters["enableExecuteCommand"], false);
      await waitUntilStopped(own);
    });
  },
);

// --- what the task is like

testOnce(
  "run: overrides, tags, variables, another container",
  (porthole) =>
    withSandbox({}, async (own) => {
      const file = `${own.directory}/overrides.json`;
      await Deno.writeTextFile(
        file,
        JSON.stringify({
          taskRoleArn: "arn:aws:iam::123456789012:role/other",
          containerOverrides: [
            { name: "web", environment: [{ name: "FROM", value: "file" }] },
            { name: "sidecar", environment: [{ name: "A", value: "file" }] },
          ],
        }),
      );
      const result = await porthole.run([
        "run",
        "web",
        "-c",
        "sidecar",
        "-e",
        "A=flag",
        "-e",
        "B=2",
        "--overrides-file",
        file,
        "--cpu",
        "512",
        "--memory",
        "1 GB",
        "--tags",
        "team=x,empty=",
        "--propagate-tags",
        "service",
        "--",
        "sh",
        "-c",
        "echo $A $B",
      ], { env: own.env });
      assert.equal(result.text, "flag 2\n", result.stderr);
      assert.match(result.stderr, /\[warn\] .*"sidecar" is not essential/);
      const request = own.requests().find(({ operation }) =>
        operation === "RunTask"
      );
      assert.deepEqual(request?.parameters["tags"], [
        { key: "service", value: "web" },
        { key: "team", value: "x" },
        { key: "empty", value: "" },
      ]);
      const { containerOverrides, ...overrides } =
        // deno-lint-ignore no-explicit-any
        request?.parameters["overrides"] as any;
      assert.deepEqual(overrides, {
        taskRoleArn: "arn:aws:iam::123456789012:role/other",
        cpu: "512",
        memory: "1 GB",
      });
      assert.equal(containerOverrides[1].name, "sidecar");
      assert.equal(containerOverrides[1].command[0], "sh");
      await waitUntilStopped(own);
    }),
);

testOnce(
  "run --dry-run and -o json tell what would be done, and what was",
  async (porthole) => {
    const calls = recordCalls(sandbox);
    const plan = await porthole.run(
      ["run", "worker", "--dry-run", "-o", "json", "--", "ls"],
      { env },
    );
    assert.equal(plan.status, 0, plan.stderr);
    const told = JSON.parse(plan.text);
    assert.deepEqual(
      [told.task_definition, told.launch, told.max_duration],
      ["worker:9", "FARGATE", "1h"],
    );
    assert(!calls.names().includes("RunTask"));

    const result = await porthole.run(
      ["run", "worker", "-o", "json", "--", "sh", "-c", "echo out; exit 4"],
      { env },
    );
    const object = JSON.parse(result.text);
    assert.deepEqual(
      [object.status, object.output, object.service, result.status],
      [4, "out\n", "worker", 4],
    );
    assert.match(object.task, /^[0-9a-f]{32}$/);
  },
);

// --- detached

testOnce(
  "run -d prints the id alone, and leaves the task",
  (porthole) =>
    withSandbox({}, async (own) => {
      const result = await porthole.run(
        ["run", "worker", "-d", "--", "sleep", "60"],
        { env: own.env },
      );
      assert.equal(result.status, 0, result.stderr);
      const [taskId] = startedIn(own);
      assert.equal(result.text, `${taskId}\n`);
      await own.waitFor((one) => hasState(one, "RUNNING"));
      assert(!hasState(own, "STOPPED"));
      assert(
        !own.requests().some(({ operation }) => operation === "StopTask"),
      );
    }),
);

testOnce(
  "run -d: ids that cannot be printed are told of, for the tasks go on",
  async (porthole) => {
    const [program, ...args] = porthole.command(
      ["run", "worker", "-q", "-d", "--count", "2", "--", "true"],
    );
    const { status, stderr } = await startProgram(
      ["sh", "-c", '"$@" >/dev/full', "sh", program, ...args],
      { env },
    ).result;
    assert.match(
      stderr,
      /^error: Cannot print the ids of what was started \([0-9a-f]{32}, [0-9a-f]{32}\): No space left.*/,
    );
    assert.equal(status, 125);
  },
);

testOnce(
  "run -d -o json names the service that there is not",
  async (porthole) => {
    const result = await porthole.run(
      ["run", "nosuch", "-d", "-o", "json"],
      { env },
    );
    const { service, error } = JSON.parse(result.text);
    assert.deepEqual([service, error.code], ["nosuch", "service_not_found"]);
    assert.equal(result.status, 125);
  },
);

testOnce(
  "run -d --count: as many ids",
  (porthole) =>
    withSandbox({}, async (own) => {
      const result = await porthole.run(
        ["run", "worker", "-d", "--count", "3"],
        { env: own.env },
      );
      assert.equal(result.status, 0, result.stderr);
      assert.deepEqual(result.text.trimEnd().split("\n"), startedIn(own));
      assert.equal(startedIn(own).length, 3);
    }),
);

testOnce(
  "run -d --count: what did not start is told of, what did is left",
  (porthole) =>
    withSandbox(
      starting({ failures: [{ reason: "RESOURCE:CPU" }] }),
      async (own) => {
        const result = await porthole.run(
          ["run", "worker", "-d", "--count", "2"],
          { env: own.env },
        );
        assert.equal(result.text, `${startedIn(own)}\n`);
        assert.equal(result.status, 125);
        assert.match(
          result.stderr,
          /^error: Cannot start 1 of 2 tasks: RESOURCE:CPU /m,
        );
      },
    ),
);

testOnce(
  "run -d --wait exits with the container's status",
  async (porthole) => {
    const result = await porthole.run(
      ["run", "worker", "-d", "--wait", "--command", "exit 7"],
      { env },
    );
    assert.equal(result.status, 7, result.stderr);
    assert.match(result.text, /^[0-9a-f]{32}\n$/);

    const json = await porthole.run(
      ["run", "worker", "-d", "--wait", "-o", "json", "--", "true"],
      { env },
    );
    const { status, tasks } = JSON.parse(json.text);
    assert.equal(status, 0);
    assert.deepEqual(
      [tasks[0].status, tasks[0].exit_code, tasks[0].stop_code],
      ["STOPPED", 0, "EssentialContainerExited"],
    );
  },
);

testOnce(
  "run -d --wait: a task that does not start is 125",
  (porthole) =>
    withSandbox(
      starting({ stoppedReason: "CannotPullContainerError: no" }),
      async (own) => {
        const result = await porthole.run(
          ["run", "worker", "-d", "--wait", "-q", "--", "true"],
          { env: own.env },
        );
        assert.equal(result.status, 125);
        assert.match(
          result.stderr,
          /^error: Cannot start task .*CannotPullContainerError: no$/m,
        );
      },
    ),
);

testOnce(
  "run -d --wait: Ctrl-C leaves the task, and says how to stop it",
  (porthole) =>
    withSandbox({}, async (own) => {
      const running = porthole.start(
        ["run", "worker", "-d", "--wait", "--", "sleep", "60"],
        { env: own.env },
      );
      await own.waitFor((one) => hasState(one, "RUNNING"));
      await own.waitFor(({ requests }) =>
        requests().at(-1)?.operation === "DescribeTasks"
      );
      running.kill("SIGINT");
      const result = await running.result;
      assert.equal(result.status, 130, result.stderr);
      assert.match(
        result.stderr,
        /Task [0-9a-f]{32} keeps running; to stop it: aws ecs stop-task /,
      );
      assert(!hasState(own, "STOPPED"));
    }),
);

testOnce(
  "run -d --wait --logs: what the task writes, and its status",
  async (porthole) => {
    const sandbox = await startSandbox();
    try {
      const result = await porthole.run([
        "run",
        "worker",
        "-d",
        "--wait",
        "--logs",
        "--",
        "sh",
        "-c",
        "echo one; echo two >&2; exit 3",
      ], { env: sandbox.env });
      assert.equal(result.status, 3, result.stderr);
      assert.deepEqual(result.text.split("\n").toSorted(), ["", "one", "two"]);
      assert.match(result.stderr, /Task ID: [0-9a-f]{32}/);
    } finally {
      await sandbox.close();
    }
  },
);
