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

testPorthole(
  "the administrator's message is shown on stderr, once",
  (porthole) =>
    withSandbox(
      { customerMessage: "This session \x1b[31mis\x07 recorded." },
      async (sandbox) => {
        const result = await porthole.run(
          ["exec", "-q", "worker", "--", "id"],
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
