import assert from "node:assert/strict";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { SandboxOptions } from "../sandbox/sandbox_options.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { recordCalls } from "./record_calls.ts";
import { type Porthole, testPorthole } from "./run_porthole.ts";
import { testOnce } from "./test_once.ts";

const FAST = {
  stepMs: 20,
  tasksStop: false,
  circuitBreaker: "rollback",
} as const satisfies SandboxOptions["rollout"];

/** Long enough for anybody to do something while it lasts. */
const SLOW = { ...FAST, stepMs: 3_000 };

async function withSandbox(
  options: Partial<SandboxOptions>,
  body: (sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox({ rollout: FAST, ...options });
  try {
    await body(sandbox);
  } finally {
    await sandbox.close();
  }
}

/** Runs it for its object. */
async function runForJson(
  porthole: Porthole,
  { env }: Sandbox,
  args: readonly string[],
) {
  const { status, text, stderr } = await porthole.run(
    [...args, "-o", "json"],
    { env },
  );
  const object = JSON.parse(text);
  assert.equal(object.status, status, stderr);
  return { status, stderr, object };
}

/** Turns ECS Exec on where nobody will see it done. */
async function enableInVain(porthole: Porthole, sandbox: Sandbox) {
  const { status, ...rest } = await runForJson(porthole, sandbox, [
    "enable-exec",
    "legacy",
    "--yes",
    "--timeout",
    "1s",
  ]);
  assert.equal(status, 1);
  assert.equal(rest.object.error.code, "timed_out");
  return rest;
}

testPorthole(
  "enable-exec replaces the task, and exec then takes ECS Exec",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const { env } = sandbox;
      const [before] = sandbox.tasks("legacy");
      const calls = recordCalls(sandbox);
      const result = await porthole.run(
        ["enable-exec", "default/legacy", "--yes"],
        { env },
      );
      assert.equal(result.status, 0, result.stderr);
      assert.equal(
        result.text,
        'ECS Exec is on for service "legacy" of cluster "default", and every running task has it (1 task)\n',
      );
      assert.match(
        result.stderr,
        /legacy\/default Deployment ecs-svc\/\d+ replaces 1 task$/m,
      );
      assert.match(result.stderr, /1 of 1 task with ECS Exec$/m);
      assert.deepEqual(
        calls.names().filter((name) => name === "UpdateService"),
        ["UpdateService"],
      );
      assert.deepEqual(calls.last("UpdateService").parameters, {
        cluster: "default",
        service: "legacy",
        enableExecuteCommand: true,
        forceNewDeployment: true,
      });

      const exec = await porthole.run(["exec", "legacy", "--", "true"], {
        env,
      });
      assert.equal(exec.status, 0, exec.stderr);
      const { task } = calls.last("ExecuteCommand").parameters;
      assert.ok(!String(task).endsWith(before?.taskId ?? ""));
    }),
);

testOnce(
  "what is on already is left alone",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const calls = recordCalls(sandbox);
      for (
        const [args, text] of [
          [
            ["enable-exec", "web"],
            /is on .*already, and every running .*2 tasks/,
          ],
          [
            ["disable-exec", "legacy"],
            /is off .*already, and no running .*1 task/,
          ],
        ] as const
      ) {
        const result = await porthole.run(args, { env: sandbox.env });
        assert.equal(result.status, 0, result.stderr);
        assert.match(result.text, text);
        assert.equal(result.stderr, "");
      }
      assert.ok(!calls.names().includes("UpdateService"));
    }),
);

testOnce(
  "without a service it names those there are",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const { status, object } = await runForJson(porthole, sandbox, [
        "enable-exec",
      ]);
      assert.equal(status, 1);
      assert.equal(object.error.code, "no_service");
      assert.match(object.error.hint, /porthole enable-exec SERVICE\n.*legacy/);
    }),
);

testOnce(
  "on a terminal the service can be chosen, too",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const pty = porthole.openPty(["enable-exec"], { env: sandbox.env });
      await pty.waitFor("Select service number");
      pty.write("web-canary\r");
      await pty.waitFor(
        'for service "web-canary" of cluster "default" already',
      );
      assert.equal((await pty.exit).code, 0);
    }),
);

testOnce(
  "disable-exec takes it from every task, and exec says what gives it back",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const { status, object, stderr } = await runForJson(porthole, sandbox, [
        "disable-exec",
        "web",
        "-yq",
      ]);
      assert.equal(status, 0, stderr);
      assert.equal(stderr, "");
      const { deployment, started_at: _, ended_at: __, ...rest } = object;
      assert.match(deployment, /^ecs-svc\/\d+$/);
      assert.deepEqual(rest, {
        action: "disable-exec",
        region: "us-east-1",
        account: "123456789012",
        profile: null,
        cluster: "default",
        service: "web",
        changed: true,
        tasks: {
          desired: 2,
          ready: 2,
          waiting: 0,
          starting: 0,
          left: 0,
          failed: 0,
        },
        remaining: [],
        status: 0,
      });
      const exec = await porthole.run(
        ["exec", "web", "--pick", "first", "--", "true"],
        { env: sandbox.env },
      );
      assert.equal(exec.status, 125);
      assert.match(
        exec.stderr,
        /redeploy: porthole enable-exec default\/web$/m,
      );
    }),
);

testOnce(
  "a deployment that fails is told of with all there is, and how to go back",
  (porthole) =>
    withSandbox({ rollout: { ...FAST, tasksStop: true } }, async (sandbox) => {
      const [old] = sandbox.tasks("legacy");
      const { status, object, stderr } = await runForJson(porthole, sandbox, [
        "enable-exec",
        "legacy",
        "--yes",
      ]);
      assert.equal(status, 1, stderr);
      assert.equal(object.error.code, "deployment_failed");
      assert.deepEqual(object.remaining, [old?.taskId]);
      assert.match(
        object.error.message,
        /ecs-svc\/\d+ failed \(.*tasks failed to start\)$/,
      );
      for (
        const line of [
          /^ECS rolls back: deployment ecs-svc\/\d+, task definition legacy:9$/m,
          /^tasks .* stopped: Essential container in task exited \("legacy" exited with 1\)$/m,
          /^event [\d:]+: \(service legacy\) rolling back to deployment/m,
          new RegExp(`^task ${old?.taskId} remains as before; 0 of 1 `, "m"),
          /^to go back: porthole disable-exec default\/legacy$/m,
        ]
      ) assert.match(object.error.hint, line);

      // No task has it, so that none has to be replaced.
      const calls = recordCalls(sandbox);
      const back = await porthole.run(["disable-exec", "legacy", "--yes"], {
        env: sandbox.env,
      });
      assert.equal(back.status, 0, back.stderr);
      assert.match(back.text, /is off .*; no task had to be replaced$/m);
      assert.equal(
        calls.last("UpdateService").parameters["forceNewDeployment"],
        false,
      );
    }),
);

for (
  const [name, options, args, code, said] of [
    [
      "CodeDeploy deploys it",
      { deploymentControllers: { legacy: "CODE_DEPLOY" } },
      [],
      "service_unsuitable",
      /update-service --region us-east-1 --cluster default --service legacy --enable-execute-command\n.*AppSpec names task definition legacy:9$/,
    ],
    [
      "something else deploys it",
      { deploymentControllers: { legacy: "EXTERNAL" } },
      [],
      "service_unsuitable",
      /create-task-set/,
    ],
    [
      "there is no task role",
      { definition: { taskRole: false } },
      [],
      "service_unsuitable",
      /"legacy:9" has no task role .*ssmmessages:CreateControlChannel/,
    ],
    [
      "the ECS agent is too old",
      { ecsAgentVersion: "1.40.0" },
      [],
      "service_unsuitable",
      /ECS agent 1\.40\.0, older than/,
    ],
    [
      "UpdateService is denied",
      { deny: ["ecs:UpdateService"] },
      [],
      "access_denied",
      /"Action":"ecs:UpdateService".*service\/default\/legacy/,
    ],
    [
      "AWS refuses it all the same",
      {
        definition: { taskRole: false },
        deny: ["ecs:DescribeTaskDefinition"],
      },
      [],
      "aws_refused",
      undefined,
    ],
    [
      "nobody is there to ask",
      {},
      undefined,
      "no_choice",
      /--yes .*account 123456789012\) 1 task would be/,
    ],
  ] as const satisfies readonly (readonly [
    string,
    Partial<SandboxOptions>,
    readonly [] | undefined,
    string,
    RegExp | undefined,
  ])[]
) {
  testOnce(
    `enable-exec changes nothing where ${name}`,
    (porthole) =>
      withSandbox(options, async (sandbox) => {
        const { status, object } = await runForJson(porthole, sandbox, [
          "enable-exec",
          "legacy",
          ...(args === undefined ? [] : ["--yes"]),
        ]);
        assert.equal(status, 1);
        assert.equal(object.error.code, code);
        assert.equal(object.changed, false);
        if (said !== undefined) assert.match(object.error.hint, said);
        assert.ok(
          sandbox.requests().every(({ operation, answer }) =>
            operation !== "UpdateService" || answer.status !== 200
          ),
        );
      }),
  );
}

testOnce(
  "an agent that never runs ends the following, and says why it may not",
  (porthole) =>
    withSandbox({ agentPendingMs: 600_000 }, async (sandbox) => {
      const { object } = await enableInVain(porthole, sandbox);
      assert.equal(object.tasks.waiting, 1);
      assert.match(
        object.error.hint,
        /agent of container "legacy" .* is PENDING$/m,
      );
      assert.match(object.error.hint, /^possible cause: .*ssmmessages/m);
      assert.match(
        object.error.hint,
        /continues: porthole enable-exec default\/legacy follows/,
      );
    }),
);

testOnce(
  "tasks that stop again and again are told of once, until --timeout",
  (porthole) =>
    withSandbox({
      rollout: { ...FAST, tasksStop: true, circuitBreaker: "off" },
    }, async (sandbox) => {
      const { object, stderr } = await enableInVain(porthole, sandbox);
      assert.equal(stderr.match(/\[warn\] .* stopped: Essential/g)?.length, 1);
      assert.match(object.error.hint, /is unable to consistently start tasks/);
    }),
);

testOnce(
  "an agent that has stopped is a failure, with its reason",
  (porthole) =>
    withSandbox({ agentStopped: "it crashed" }, async (sandbox) => {
      const { status, object } = await runForJson(porthole, sandbox, [
        "enable-exec",
        "legacy",
        "--yes",
      ]);
      assert.equal(status, 1);
      assert.equal(object.error.code, "agent_not_running");
      assert.match(object.error.hint, /is STOPPED \(it crashed\)$/m);
    }),
);

testOnce(
  "--no-wait leaves at once, and the same command deploys no second time",
  (porthole) =>
    withSandbox({ rollout: SLOW }, async (sandbox) => {
      const { env } = sandbox;
      const calls = recordCalls(sandbox);
      const first = await porthole.run(
        ["enable-exec", "legacy", "--yes", "--no-wait"],
        { env },
      );
      assert.equal(first.status, 0, first.stderr);
      const [, id = ""] =
        /; deployment (ecs-svc\/\d+) replaces 1 task$/m.exec(first.text) ?? [];
      const again = await porthole.run(
        ["enable-exec", "legacy", "--yes", "--no-wait"],
        { env },
      );
      assert.equal(again.status, 0, again.stderr);
      assert.ok(
        again.text.includes(`already, and deployment ${id} is under way`),
      );
      const follows = porthole.openPty(["enable-exec", "legacy"], { env });
      await follows.waitFor(`Already requested; following deployment ${id}`);
      await follows.waitFor("0 of 1 task with ECS Exec");
      follows.write("\x03");
      await follows.waitFor("Stopped following");
      assert.equal((await follows.exit).code, 130);
      assert.equal(
        calls.names().filter((name) => name === "UpdateService").length,
        1,
      );
    }),
);

const QUESTION = "Continue? [y/N] ";

testOnce(
  "on a terminal it asks, and shows how far it is in one line",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const pty = porthole.openPty(["enable-exec", "legacy"], {
        env: sandbox.env,
      });
      for (
        const line of [
          "account  123456789012",
          "region   us-east-1",
          "cluster  default",
          "service  legacy",
          "tasks    1 will be replaced by a new deployment of legacy:9",
          QUESTION,
        ]
      ) await pty.waitFor(line);
      pty.write("y\r");
      await pty.waitFor( // deno-lint-ignore no-control-regex
        /\r\x1b\[K\d of 1 task with ECS Exec.*: \d+s of 10m/,
      );
      await pty.waitFor("every running task has it (1 task)");
      const exit = await pty.exit;
      assert.equal(exit.code, 0);
      assert.equal(exit.sttyAfter, exit.sttyBefore);
    }),
);

for (
  const [name, keys] of [["no", "n\r"], ["nothing", "\r"], [
    "Ctrl-C",
    "\x03",
  ]] as const
) {
  testOnce(
    `answered with ${name}, it changes nothing: 130`,
    (porthole) =>
      withSandbox({}, async (sandbox) => {
        const calls = recordCalls(sandbox);
        const pty = porthole.openPty(["enable-exec", "legacy"], {
          env: sandbox.env,
        });
        await pty.waitFor(QUESTION);
        pty.write(keys);
        await pty.waitFor("Cancelled");
        const exit = await pty.exit;
        assert.equal(exit.code, 130);
        assert.equal(exit.sttyAfter, exit.sttyBefore);
        assert.ok(!calls.names().includes("UpdateService"));
      }),
  );
}

testOnce(
  "--no-input does not ask, terminal or not",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const pty = porthole.openPty(["enable-exec", "legacy", "--no-input"], {
        env: sandbox.env,
      });
      await pty.waitFor("--no-input is set");
      assert.equal((await pty.exit).code, 1);
      assert.ok(!pty.output.includes(QUESTION));
    }),
);

testOnce(
  "Ctrl-C ends the following and not the rollout, and says so: 130",
  (porthole) =>
    withSandbox({ rollout: SLOW }, async (sandbox) => {
      const pty = porthole.openPty(["enable-exec", "legacy", "--yes"], {
        env: sandbox.env,
      });
      await pty.waitFor("0 of 1 task with ECS Exec");
      pty.write("\x03");
      await pty.waitFor("Stopped following; deployment ecs-svc/");
      await pty.waitFor("porthole enable-exec default/legacy follows it again");
      await pty.waitFor("error: Cancelled");
      const exit = await pty.exit;
      assert.equal(exit.code, 130);
      assert.equal(exit.sttyAfter, exit.sttyBefore);
      assert.ok(
        sandbox.requests().every(({ operation, parameters }) =>
          operation !== "UpdateService" || parameters["enableExecuteCommand"]
        ),
      );
    }),
);
