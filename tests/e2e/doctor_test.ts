import assert from "node:assert/strict";
import { startRack } from "../sandbox/start_rack.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import type { SandboxOptions } from "../sandbox/sandbox_options.ts";
import { recordCalls } from "./record_calls.ts";
import { type Porthole, testPorthole } from "./run_porthole.ts";
import { testOnce } from "./test_once.ts";

const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());
const { env } = sandbox;

interface Check {
  readonly id: string;
  readonly status: string;
  readonly evidence: string;
  readonly remedy: string | null;
  readonly link: string | null;
}

/** Runs doctor for scripts; what it says of itself must agree with its status. */
async function examine(
  porthole: Porthole,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly checks: readonly Check[] }> {
  const result = await porthole.run(["doctor", ...args, "-o", "json"], { env });
  const { checks, status } = JSON.parse(result.text);
  assert.equal(result.status, status, result.stderr);
  assert.equal(result.stderr, "");
  return { status, checks };
}

testPorthole(
  "doctor finds a healthy service healthy, and proves it",
  async (porthole) => {
    const calls = recordCalls(sandbox);
    const { status, checks } = await examine(porthole, ["web"], env);
    assert.deepEqual(checks.filter((check) => check.status !== "ok"), []);
    assert.equal(status, 0);
    assert.equal(checks.at(-1)?.id, "proof");
    assert.match(checks.at(-1)?.evidence ?? "", /^a session ran "true" in /);
    assert.ok(checks.some(({ id }) => id === "tools"));
    const names = calls.names();
    assert.equal(names.filter((name) => name === "ExecuteCommand").length, 1);
    assert.ok(names.includes("SimulatePrincipalPolicy"));
    assert.ok(names.includes("DescribeVpcEndpoints"));
  },
);

testOnce(
  "doctor without a TARGET checks what needs none, and --no-probe opens no session",
  async (porthole) => {
    const calls = recordCalls(sandbox);
    const { status, checks } = await examine(porthole, [], env);
    assert.equal(status, 0);
    assert.deepEqual(checks.map(({ id }) => id), [
      "identity",
      "permissions",
      "direct_sessions",
      "plugin",
      "cluster",
      "session_key",
      "session_logging",
    ]);
    const looked = await examine(porthole, ["web", "--no-probe"], env);
    assert.equal(looked.status, 0);
    assert.match(looked.checks.at(-1)?.evidence ?? "", /--no-probe/);
    assert.equal(calls.names().includes("ExecuteCommand"), false);
    const text = await porthole.run(["doctor", "fargate-old", "--no-probe"], {
      env: { ...env, COLUMNS: "60" },
    });
    assert.equal(text.status, 1);
    assert.match(
      text.text,
      /^FAIL {2}Service: ECS Exec is off [^]*\$ porthole enable-exec default\/fargate-old\n/,
    );
    const usage = await porthole.run(["doctor", "web", "worker"], { env });
    assert.equal(usage.status, 2);
  },
);

/** What is broken, what must be said first, and what is to be done. */
const BROKEN: readonly (readonly [
  options: Partial<SandboxOptions>,
  args: readonly string[],
  id: string,
  status: string,
  words: RegExp,
])[] = [
  [
    { roleDeny: ["ssmmessages:OpenDataChannel"] },
    ["web"],
    "task_role",
    "fail",
    /aws iam put-role-policy --role-name sandbox-task/,
  ],
  [
    { network: "none" },
    ["web", "--no-probe"],
    "network",
    "fail",
    /create-vpc-endpoint/,
  ],
  [
    { endpoints: { ssmmessages: { shut: true } } },
    ["web", "--no-probe"],
    "network",
    "fail",
    /authorize-security-group-ingress/,
  ],
  [
    { acl: "in" },
    ["web", "--no-probe"],
    "network",
    "fail",
    /network ACL of subnet-\S+ lets in no answers/,
  ],
  [
    { definition: { readonlyRootFilesystem: true } },
    ["web", "--no-probe"],
    "root_filesystem",
    "fail",
    /read-only/,
  ],
  [
    { kms: { fault: "denied" } },
    ["web", "--no-probe"],
    "session_key",
    "fail",
    /GenerateDataKey/,
  ],
  [
    { agentStopped: "out of memory" },
    ["web", "--no-probe"],
    "exec_agent",
    "fail",
    /out of memory/,
  ],
  [{ image: "no-sh" }, ["web"], "tools", "fail", /no sh/],
  [
    {},
    ["web", "--no-probe", "--session", "plugin"],
    "plugin",
    "fail",
    /--session builtin/,
  ],
  [{}, ["legacy"], "docker", "fail", /exec\.docker\.host/],
  [{ unsettled: true }, ["stopping"], "running_tasks", "fail", /Essential/],
];

testOnce(
  "doctor names first what is broken, and what to do",
  async (porthole) => {
    for (const [options, args, id, status, words] of BROKEN) {
      const broken = await startSandbox(options);
      try {
        const found = await examine(porthole, args, broken.env);
        const first = found.checks.find((check) => check.status === "fail");
        assert.equal(first?.id, id, JSON.stringify(found.checks));
        assert.equal(first.status, status);
        assert.match(`${first.evidence}\n${first.remedy}`, words);
        assert.equal(found.status, 1);
      } finally {
        await broken.close();
      }
    }
  },
);

testOnce(
  "doctor raises no alarm where the way to AWS is not visible, or may not be looked at",
  async (porthole) => {
    for (
      const [options, words] of [
        [{ network: "transit" }, /whether one is reached through tgw-/],
        [
          { network: "ipv6" },
          /whether one is reached over IPv6, through eigw-/,
        ],
        [{ deny: ["ec2:DescribeNetworkAcls"] }, /ec2:DescribeNetworkAcls/],
      ] as const satisfies readonly (readonly [
        Partial<SandboxOptions>,
        RegExp,
      ])[]
    ) {
      const hidden = await startSandbox(options);
      try {
        const args = ["web", "--no-probe"];
        const { status, checks } = await examine(porthole, args, hidden.env);
        const [network] = checks.filter(({ id }) => id === "network");
        assert.deepEqual([status, network?.status], [0, "unknown"]);
        assert.match(network?.evidence ?? "", words);
      } finally {
        await hidden.close();
      }
    }
  },
);

testOnce(
  "doctor that may look at nothing says so of each check, with the permission",
  async (porthole) => {
    const shut = await startSandbox({
      deny: [
        "sts:GetCallerIdentity",
        "iam:GetRole",
        "iam:SimulatePrincipalPolicy",
        "ecs:DescribeClusters",
        "ecs:DescribeServices",
        "ecs:ListTasks",
        "ecs:DescribeTasks",
        "ecs:DescribeTaskDefinition",
        "ecs:ExecuteCommand",
        "ec2:DescribeSubnets",
        "ssm:DescribeSessions",
      ],
    });
    try {
      const { status, checks } = await examine(porthole, ["web"], shut.env);
      assert.equal(status, 1);
      const others = checks.filter(({ id }) => id !== "plugin");
      assert.deepEqual(others.filter((check) => check.status === "ok"), []);
      const identity = checks.find(({ id }) => id === "identity");
      assert.match(identity?.evidence ?? "", /sts:GetCallerIdentity/);
    } finally {
      await shut.close();
    }
  },
);

testOnce(
  "doctor opens no session where somebody has one, and Ctrl-C ends it with 130",
  async (porthole) => {
    const busy = await startSandbox({ stall: { "sts:GetCallerIdentity": 1 } });
    try {
      const held = porthole.start(["doctor"], { env: busy.env });
      await busy.waitFor(({ requests }) =>
        requests().some(({ operation }) => operation === "GetCallerIdentity")
      );
      held.kill("SIGINT");
      assert.equal((await held.result).status, 130);

      const session = porthole.start(["exec", "worker", "--", "cat"], {
        env: busy.env,
        stdin: "silent",
      });
      await session.write("hello\n");
      await session.waitFor("hello");
      const { status, checks } = await examine(porthole, ["worker"], busy.env);
      assert.match(checks.at(-1)?.evidence ?? "", /a session is open/);
      assert.equal(status, 0);
      await session.closeStdin();
      assert.equal((await session.result).status, 0);
    } finally {
      await busy.close();
    }
  },
);

testOnce(
  "doctor that is cancelled while it tries a session leaves none behind",
  async (porthole) => {
    const slow = await startSandbox({ channelOpenMs: 600_000 });
    try {
      const running = porthole.start(["doctor", "worker"], { env: slow.env });
      await slow.waitFor(({ events }) =>
        events().some(({ kind }) => kind === "joined")
      );
      running.kill("SIGINT");
      const { status } = await running.result;
      assert.equal(status, 130);
      assert(
        slow.requests().some(({ operation }) =>
          operation === "TerminateSession"
        ),
      );
    } finally {
      await slow.close();
    }
  },
);

testOnce("doctor over a rack checks the rack alone", async (porthole) => {
  const rack = startRack(sandbox);
  try {
    const calls = recordCalls(sandbox);
    const well = await examine(porthole, [], { PORTHOLE_RACK: rack.secretUrl });
    assert.deepEqual(
      well.checks.map(({ id, status }) => [id, status]),
      [["rack", "ok"], ["rack_token", "ok"], ["rack_ecs_exec", "ok"]],
    );
    const wrong = await examine(porthole, [], {
      PORTHOLE_RACK: rack.secretUrl.replace(/:[^:@]*@/, ":wrong@"),
    });
    assert.equal(wrong.status, 1);
    assert.equal(wrong.checks.at(-1)?.id, "rack_token");
    assert.equal(wrong.checks.at(-1)?.status, "fail");
    const unknown = await examine(porthole, ["--rack", "nowhere"], {});
    assert.equal(unknown.status, 1);
    assert.deepEqual(calls.names(), []);
  } finally {
    await rack.close();
  }
});
