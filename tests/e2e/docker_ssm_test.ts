import assert from "node:assert/strict";
import { waitUntil } from "../docker/engine/run_program.ts";
import { useEngine } from "../docker/engine/use_engine.ts";
import { shortenArn } from "../sandbox/fleet.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { recordCalls } from "./record_calls.ts";
import type { Stdin } from "./run_porthole.ts";
import { chooseOne } from "./test_once.ts";

const porthole = chooseOne();
const use = useEngine();

/** A test with a sandbox whose instances run commands on the engine, and the environment that goes there by ssm. */
function test(
  name: string,
  body: (
    env: Readonly<Record<string, string>>,
    sandbox: Sandbox,
  ) => Promise<void>,
): void {
  use.test(`${porthole.variant}: ssm: ${name}`, async () => {
    const { full, bare, socket } = use.engine();
    const sandbox = await startSandbox({
      instance: { privateIp: "127.0.0.1", dockerHost: `unix://${socket}` },
      docker: {
        legacy: {
          taskId: shortenArn(full.taskArn),
          containers: { full: full.id, bare: bare.id },
        },
      },
    });
    try {
      const path = `${sandbox.directory}/ssm.yml`;
      Deno.writeTextFileSync(
        path,
        "region: us-east-1\nexec: {docker: {host: ssm}}\n",
      );
      await body({ ...sandbox.env, PORTHOLE_CONFIG: path }, sandbox);
    } finally {
      await sandbox.close();
    }
  });
}

test(
  "awkward quoting, the status, the calls, a warning that is true",
  async (env, sandbox) => {
    const calls = recordCalls(sandbox);
    const script = `echo "a '{{b}}' $0 \\"c\\\\"; exit 7`;
    const { status, text, stderr } = await porthole.run(
      ["exec", "legacy", "--", "sh", "-c", script, "x  y$HOME"],
      { env },
    );
    assert.equal(status, 7, stderr);
    assert.equal(text, `a '{{b}}' x  y$HOME "c\\\n`);
    assert.match(stderr, /recorded in CloudTrail as such/);
    assert.ok(calls.names().includes("StartSession"));
    assert.ok(!calls.names().includes("ExecuteCommand"));
  },
);

test("stdin with its end, stderr apart, user, directory and environment", async (env) => {
  const run = (args: readonly string[], stdin: Stdin = "null") =>
    porthole.run(["exec", "legacy", "-q", ...args], { env, stdin });
  const bytes = new TextEncoder().encode("in\0put\n");
  assert.equal((await run(["--", "cat"], bytes)).text, "in\0put\n");
  const split = await run(
    ["--stderr", "split", "--", "sh", "-c", "echo o; echo e >&2"],
  );
  assert.equal(split.text, "o\n");
  assert.match(split.stderr, /^e$/m);
  const placed = await run(
    ["-w", "/tmp", "-e", "A=b c", "--", "sh", "-c", "pwd; echo $A"],
  );
  assert.equal(placed.text, "/tmp\nb c\n");
});

test("a shell on a terminal", async (env) => {
  const pty = porthole.openPty(["exec", "legacy", "--session", "builtin"], {
    env,
  });
  try {
    await pty.waitFor(/[#$] /);
    pty.write("echo $((40+2)); sleep 4242\n");
    await pty.waitFor("42");
    await waitUntil(
      async () =>
        (await use.listProcesses()).some((row) => row.includes("sleep 4242")),
      "sleep 4242 does not start",
      10_000,
    );
    pty.write("\x03");
    pty.write("exit 3\n");
    assert.equal((await pty.exit).code, 3);
  } finally {
    pty.close();
  }
});
