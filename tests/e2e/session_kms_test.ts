import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { SandboxOptions } from "../sandbox/sandbox_options.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { type Porthole, testPorthole } from "./run_porthole.ts";
import { testOnce } from "./test_once.ts";

const keyId = "arn:aws:kms:us-east-1:123456789012:key/the-key-of-this-test";

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

testPorthole(
  "an encrypted session: bytes both ways, and the status",
  (porthole) =>
    withSandbox({ kms: { keyId } }, async (sandbox) => {
      const bytes = new Uint8Array(randomBytes(300_000));
      const result = await porthole.run(
        ["exec", "-q", "worker", "--", "sh", "-c", "cat; exit 5"],
        { env: sandbox.env, stdin: bytes },
      );
      const sha256 = (data: Uint8Array) =>
        createHash("sha256").update(data).digest("hex");
      assert.equal(sha256(result.stdout), sha256(bytes));
      assert.deepEqual([result.stderr, result.status], ["", 5]);
      const call = sandbox.requests().find(({ service }) => service === "kms");
      assert.equal(call?.operation, "GenerateDataKey");
      assert.equal(call?.parameters["KeyId"], keyId);
    }),
);

testOnce(
  "an encrypted session that drops goes on",
  (porthole) =>
    withSandbox({ kms: true, messageIntervalMs: 1 }, async (sandbox) => {
      const running = porthole.start([
        "exec",
        "worker",
        "--",
        "sh",
        "-c",
        "seq 50000; sleep 3",
      ], {
        env: sandbox.env,
      });
      await running.waitFor("\n10000\n");
      sandbox.dropConnections();
      const result = await running.result;
      const expected = Array.from({ length: 50_000 }, (_, i) => `${i + 1}\n`);
      assert(result.text === expected.join(""));
      assert.equal(result.status, 0, result.stderr);
    }),
);

testOnce(
  "an encrypted shell",
  (porthole) =>
    withSandbox({ kms: { keyId } }, async (sandbox) => {
      const terminal = porthole.openPty(["exec", "worker"], {
        env: {
          ...sandbox.env,
          PORTHOLE_SESSION: "builtin",
        },
      });
      await terminal.waitFor(/[#$] $/);
      terminal.write("stty size; exit 7\r");
      await terminal.waitFor("24 80");
      assert.equal((await terminal.exit).code, 7);
    }),
);

async function refuse(
  porthole: Porthole,
  sandbox: Sandbox,
): Promise<string> {
  const start = performance.now();
  const result = await porthole.run(["exec", "-q", "worker", "--", "id"], {
    env: sandbox.env,
  });
  assert.equal(result.status, 125);
  assert.equal(result.text, "");
  assert(performance.now() - start < 5_000);
  return result.stderr;
}

testOnce(
  "a key that KMS refuses: the action and the key",
  (porthole) =>
    withSandbox(
      { kms: { keyId, fault: "denied" } },
      async (sandbox) => {
        const stderr = await refuse(porthole, sandbox);
        assert(stderr.includes("kms:GenerateDataKey"), stderr);
        assert(stderr.includes(keyId), stderr);
      },
    ),
);

testOnce(
  "a key that the agent does not have: said, and no hang",
  (porthole) =>
    withSandbox(
      { kms: { keyId, fault: "wrong-key" } },
      async (sandbox) => {
        const stderr = await refuse(porthole, sandbox);
        assert.match(stderr, /^error: /m);
        assert(stderr.includes(keyId), stderr);
      },
    ),
);

const anotherKey = keyId.replace(/[^/]*$/, "another-key");

for (
  const [name, setting] of [
    ["an ARN", anotherKey],
    ["an id", "another-key"],
    [
      "the same id in another account",
      keyId.replace("123456789012", "210987654321"),
    ],
  ] as const
) {
  testOnce(
    `a key that is not the one of the cluster's setting, ${name}: refused before any output, the session ended`,
    (porthole) =>
      withSandbox({ kms: { keyId, setting } }, async (sandbox) => {
        const stderr = await refuse(porthole, sandbox);
        assert(stderr.includes(`it is to use KMS key "${keyId}"`), stderr);
        assert(stderr.includes(`the cluster is set to "${setting}"`), stderr);
        const operations = sandbox.requests().map(({ operation }) => operation);
        const count = (name: string) =>
          operations.filter((operation) => operation === name).length;
        assert.equal(count("GenerateDataKey"), 1);
        assert.equal(count("TerminateSession"), 1);
      }),
  );
}

for (
  const [name, options] of [
    ["the setting is its ARN", { kms: { keyId, setting: keyId } }],
    ["the setting is its id", {
      kms: { keyId, setting: "the-key-of-this-test" },
    }],
    [
      "the agent asks for it by its id",
      {
        kms: {
          keyId: "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
          setting:
            "arn:aws:kms:us-east-1:123456789012:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
        },
      },
    ],
    ["the setting is an alias", { kms: { keyId, setting: "alias/exec" } }],
    [
      "the setting is an alias's ARN",
      {
        kms: {
          keyId,
          setting: "arn:aws:kms:us-east-1:123456789012:alias/exec",
        },
      },
    ],
    [
      "the cluster may not be read",
      { kms: { keyId, setting: anotherKey }, deny: ["ecs:DescribeClusters"] },
    ],
  ] satisfies [string, Partial<SandboxOptions>][]
) {
  testOnce(
    `a key is used when ${name}`,
    (porthole) =>
      withSandbox(options, async (sandbox) => {
        const result = await porthole.run(
          ["exec", "-q", "worker", "--", "sh", "-c", "echo ok; exit 3"],
          { env: sandbox.env },
        );
        assert.deepEqual([result.stderr, result.text, result.status], [
          "",
          "ok\n",
          3,
        ]);
      }),
  );
}

testPorthole(
  "the administrator's message is shown on stderr, once",
  (porthole) =>
    withSandbox(
      { customerMessage: "This session \x1b[31mis\x07 recorded." },
      async (sandbox) => {
        const result = await porthole.run(
          ["exec", "worker", "--", "id"],
          {
            env: sandbox.env,
          },
        );
        assert.equal(
          result.stderr.match(/This session .*is recorded/g)?.length,
          1,
        );
        // deno-lint-ignore no-control-regex
        assert.doesNotMatch(result.stderr, /[\x1b\x07]/);
        assert.match(result.text, /^uid=/);
        assert.equal(result.status, 0);
      },
    ),
);
