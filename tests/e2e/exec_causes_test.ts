import assert from "node:assert/strict";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { SandboxOptions } from "../sandbox/sandbox_options.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { recordCalls } from "./record_calls.ts";
import type { Result } from "./run_porthole.ts";
import { testOnce } from "./test_once.ts";

async function withSandbox(
  options: Partial<SandboxOptions>,
  body: (sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox(options);
  try {
    await body(sandbox);
  } finally {
    await sandbox.close();
  }
}

/** The lines that name causes, in order. */
function readCauses({ stderr }: Result): readonly string[] {
  return stderr.split("\n").filter((line) =>
    /^hint: (certain|likely|possible) cause: /.test(line)
  ).map((line) => line.slice("hint: ".length));
}

const causes: readonly (readonly [
  name: string,
  options: Partial<SandboxOptions>,
  first: RegExp,
  service?: string,
])[] = [
  [
    "no task role",
    { definition: { taskRole: false } },
    /^certain cause: the task has no task role .*ssmmessages:CreateControlChannel/,
  ],
  [
    "a read-only root filesystem",
    { definition: { readonlyRootFilesystem: true } },
    /^certain cause: the container's root filesystem is read-only/,
  ],
  [
    "keys in the environment",
    {
      definition: {
        environment: {
          AWS_ACCESS_KEY_ID: "AKIASECRET",
          AWS_SECRET_ACCESS_KEY: "hunter2",
        },
      },
    },
    /^likely cause: the container has AWS_ACCESS_KEY_ID \(environment\), AWS_SECRET_ACCESS_KEY \(environment\), /,
  ],
  [
    "keys in the secrets",
    { definition: { secrets: ["AWS_ACCESS_KEY_ID"] } },
    /^likely cause: the container has AWS_ACCESS_KEY_ID \(secrets\), /,
  ],
  [
    "an old platform version",
    { platformVersion: "1.3.0" },
    /^certain cause: the task runs on Fargate platform version 1\.3\.0, older than 1\.4\.0; redeploy/,
  ],
  [
    "an old ECS agent",
    { exec: { legacy: true }, ecsAgentVersion: "1.49.0" },
    /^certain cause: the container instance runs ECS agent 1\.49\.0, older than 1\.50\.2/,
    "legacy",
  ],
  [
    "private subnets",
    { network: "none" },
    /^possible cause: the task in subnet-0123456789abcdef0 has no public address .* com\.amazonaws\.us-east-1\.ssmmessages/,
  ],
  [
    "permissions that nobody can see",
    {
      network: "public",
      fail: { "ecs:ExecuteCommand": { error: "TargetNotConnectedException" } },
    },
    /^possible cause: the task role sandbox-task may lack/,
  ],
];

for (const [name, options, first, service = "worker"] of causes) {
  testOnce(
    `TargetNotConnected: ${name}`,
    (porthole) =>
      withSandbox(options, async ({ env }) => {
        const result = await porthole.run(["exec", service, "--", "ls"], {
          env,
        });
        assert.equal(result.status, 125, result.stderr);
        assert.match(
          result.stderr,
          /^error: Cannot exec into container .* is not connected to Session Manager/m,
        );
        assert.match(readCauses(result)[0] ?? "", first);
        assert.doesNotMatch(result.stderr, /AKIASECRET|hunter2/);
      }),
  );
}

testOnce(
  "TargetNotConnected: a session in the PID namespace",
  (porthole) =>
    withSandbox({ definition: { pidMode: "task" } }, async (sandbox) => {
      const { env } = sandbox;
      const [web] = sandbox.tasks("web");
      const task = ["--task-id", web?.taskId ?? ""];
      const other = porthole.start(
        ["exec", ...task, "-c", "sidecar", "--", "sh", "-c", "echo in; cat"],
        { env, stdin: "silent" },
      );
      await other.waitFor("in");
      const result = await porthole.run(
        ["exec", ...task, "-c", "web", "--", "ls"],
        { env },
      );
      await other.closeStdin();
      assert.equal((await other.result).status, 0);
      assert.match(
        readCauses(result)[0] ?? "",
        /^likely cause: .*\(pidMode task\).* a session is open in "sidecar"/,
      );
      assert.equal(
        (await porthole.run(["exec", ...task, "-c", "web", "--", "true"], {
          env,
        }))
          .status,
        0,
      );
    }),
);

testOnce("TargetNotConnected: three causes at once", (porthole) =>
  withSandbox({
    platformVersion: "1.3.0",
    definition: {
      readonlyRootFilesystem: true,
      environment: { AWS_ACCESS_KEY_ID: "AKIASECRET" },
      initProcessEnabled: false,
    },
  }, async ({ env }) => {
    const result = await porthole.run(
      ["exec", "worker", "-o", "json", "--log-format", "json", "--", "ls"],
      { env },
    );
    const { error, status } = JSON.parse(result.text);
    assert.deepEqual([error.code, status], ["target_not_connected", 125]);
    const hints = error.hint.split("\n");
    assert.match(hints[0], /^certain cause: .*platform version 1\.3\.0/);
    assert.match(hints[1], /^certain cause: .*read-only/);
    assert.match(hints[2], /^likely cause: .*AWS_ACCESS_KEY_ID/);
    assert.match(hints.at(-1), /^initProcessEnabled is off/);
    // The same on stderr, as one object a line.
    const lines = result.stderr.trimEnd().split("\n").map((line) =>
      JSON.parse(line)
    );
    const { time, ...last } = lines.at(-1);
    assert.ok(Date.parse(time) > 0, time);
    assert.deepEqual(last, { level: "error", error });
  }));

testOnce(
  "TargetNotConnected: what may not be looked at is said",
  (porthole) =>
    withSandbox({
      definition: { readonlyRootFilesystem: true },
      deny: ["ecs:DescribeTaskDefinition"],
    }, async ({ env }) => {
      const result = await porthole.run(["exec", "worker", "--", "ls"], {
        env,
      });
      assert.match(
        result.stderr,
        /^hint: could not check the task definition \(.*readonlyRootFilesystem.*\): .* is not allowed to perform ecs:DescribeTaskDefinition/m,
      );
      assert.doesNotMatch(result.stderr, /read-only/);
    }),
);

testOnce(
  "a good session asks nothing about causes",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const calls = recordCalls(sandbox);
      const { env } = sandbox;
      assert.equal(
        (await porthole.run(["exec", "worker", "--", "true"], { env })).status,
        0,
      );
      for (
        const name of [
          "DescribeTaskDefinition",
          "DescribeServices",
          "DescribeContainerInstances",
          "DescribeSessions",
        ]
      ) assert.ok(!calls.names().includes(name), name);
    }),
);

testOnce(
  "an agent that starts is waited for, with one line",
  (porthole) =>
    withSandbox({ agentPendingMs: 3_000 }, async ({ env }) => {
      const result = await porthole.run(
        ["exec", "worker", "--", "echo", "hi"],
        {
          env,
        },
      );
      assert.deepEqual([result.status, result.text], [0, "hi\n"]);
      const lines = result.stderr.split("\n").filter((line) =>
        line.includes("Waiting")
      );
      assert.equal(lines.length, 1);
      assert.match(
        lines[0] ?? "",
        /\[info\] worker\/default Waiting for the ECS Exec agent of container "worker" to start$/,
      );
    }),
);

testOnce(
  "an agent that starts is counted down on a terminal",
  (porthole) =>
    withSandbox({ agentPendingMs: 6_000 }, async ({ env }) => {
      const pty = porthole.openPty(["exec", "worker", "--", "echo", "hi"], {
        env,
        columns: 120,
      });
      await pty.waitFor(
        '\r\x1b[KWaiting for the ECS Exec agent of container "worker" to start: 0s of 30s',
      );
      await pty.waitFor("\r\x1b[Khi");
      assert.equal((await pty.exit).code, 0);
    }),
);

testOnce(
  "an agent that does not start in time is 124",
  (porthole) =>
    withSandbox({ agentPendingMs: 600_000 }, async (sandbox) => {
      const calls = recordCalls(sandbox);
      const result = await porthole.run(
        ["exec", "worker", "--agent-timeout", "1s", "-o", "json", "--", "ls"],
        { env: sandbox.env },
      );
      const { error, status, started_at } = JSON.parse(result.text);
      assert.deepEqual([result.status, status, error.code, started_at], [
        124,
        124,
        "timed_out",
        null,
      ]);
      assert.match(error.message, /is still PENDING after 1s$/);
      assert.ok(!calls.names().includes("ExecuteCommand"));
    }),
);

testOnce(
  "--dry-run waits for no agent",
  (porthole) =>
    withSandbox({ agentPendingMs: 600_000 }, async ({ env }) => {
      const result = await porthole.run(
        ["exec", "worker", "--dry-run", "--", "ls"],
        { env },
      );
      assert.equal(result.status, 0);
    }),
);

testOnce(
  "an agent that has stopped is an error with its reason and causes",
  (porthole) =>
    withSandbox({
      agentStopped: "it could not write",
      definition: { readonlyRootFilesystem: true },
    }, async ({ env }) => {
      const result = await porthole.run(["exec", "worker", "--", "ls"], {
        env,
      });
      assert.equal(result.status, 125);
      assert.match(result.stderr, /agent is STOPPED \(it could not write\)$/m);
      assert.match(readCauses(result)[1] ?? "", /read-only/);
    }),
);

testOnce(
  "a connection that comes and goes is tried again",
  (porthole) =>
    withSandbox({
      fail: {
        "ecs:ExecuteCommand": {
          error: "TargetNotConnectedException",
          times: 1,
        },
      },
    }, async (sandbox) => {
      const calls = recordCalls(sandbox);
      const result = await porthole.run(
        ["exec", "worker", "--", "echo", "hi"],
        {
          env: sandbox.env,
        },
      );
      assert.deepEqual([result.status, result.text], [0, "hi\n"]);
      assert.match(result.stderr, /trying again$/m);
      assert.equal(
        calls.names().filter((name) => name === "ExecuteCommand").length,
        2,
      );
    }),
);

testOnce(
  "an agent that has just started is tried until it is connected",
  (porthole) =>
    withSandbox({
      agentPendingMs: 1_000,
      fail: {
        "ecs:ExecuteCommand": {
          error: "TargetNotConnectedException",
          times: 3,
        },
      },
    }, async ({ env }) => {
      const result = await porthole.run(
        ["exec", "worker", "--", "echo", "hi"],
        {
          env,
        },
      );
      assert.deepEqual([result.status, result.text], [0, "hi\n"]);
    }),
);

testOnce(
  "a cluster in another region is found there",
  (porthole) =>
    withSandbox({
      otherRegions: { "eu-west-1": ["prod"], "eu-north-1": ["test"] },
    }, async (sandbox) => {
      const config = `${sandbox.directory}/regions`;
      Deno.writeTextFileSync(
        config,
        "[profile a]\nregion = eu-west-1\n[profile b]\nregion=eu-north-1\nsso_region=us-west-2\n",
      );
      const env = { ...sandbox.env, AWS_CONFIG_FILE: config };
      const found = await porthole.run(["exec", "prod/web", "--", "ls"], {
        env,
      });
      assert.match(
        found.stderr,
        /^error: Cannot find cluster "prod" in region "us-east-1"\nhint: found in "eu-west-1": --region eu-west-1\n/m,
      );
      const nowhere = await porthole.run(["exec", "nope/web", "--", "ls"], {
        env,
      });
      assert.match(
        nowhere.stderr,
        /^hint: it was not found in the other regions of your AWS configuration either: eu-west-1, eu-north-1\n/m,
      );
    }),
);

testOnce(
  "access denied: the statement to add",
  (porthole) =>
    withSandbox({ deny: ["ecs:ExecuteCommand"] }, async ({ env }) => {
      const { stderr } = await porthole.run(["exec", "worker", "--", "ls"], {
        env,
      });
      const statement = /^hint: add to a policy of that identity: (.*)$/m.exec(
        stderr,
      );
      assert.deepEqual(JSON.parse(statement?.[1] ?? ""), {
        Effect: "Allow",
        Action: "ecs:ExecuteCommand",
        Resource: [
          "arn:aws:ecs:us-east-1:123456789012:cluster/default",
          "arn:aws:ecs:us-east-1:123456789012:task/default/*",
        ],
      });
    }),
);

testOnce(
  "--debug: every call, and no secret",
  (porthole) =>
    withSandbox({ throttle: 1 }, async ({ env }) => {
      const { status, stderr } = await porthole.run(
        ["exec", "worker", "--debug", "-e", "PIN=hunter2", "--", "true"],
        { env },
      );
      assert.equal(status, 0);
      assert.match(
        stderr,
        /\[debug\] AWS: ECS ListTasks, \d+ ms, request [\w-]{36}, 2 attempts$/m,
      );
      assert.match(
        stderr,
        /\[debug\] .*AWS: ECS ExecuteCommand, \d+ ms, request [\w-]{36}$/m,
      );
      assert.doesNotMatch(
        stderr,
        new RegExp(
          `wss?://|hunter2|X-Amz|${env["AWS_SECRET_ACCESS_KEY"]}|${
            env["AWS_ACCESS_KEY_ID"]
          }`,
        ),
      );
    }),
);
