import assert from "node:assert/strict";
import { SSMClient, TerminateSessionCommand } from "@aws-sdk/client-ssm";
import { existsSync } from "node:fs";
import { makeSdkConfig } from "./channel_client.ts";
import type { Sandbox } from "./sandbox.ts";
import { withSession } from "./with_session.ts";

const prefix = "\n----------ERROR-------\nUnable to start command: ";

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) &&
    !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
}

async function terminate(sandbox: Sandbox, sessionId: string): Promise<void> {
  const ssm = new SSMClient(makeSdkConfig(sandbox));
  await ssm.send(new TerminateSessionCommand({ SessionId: sessionId }));
  ssm.destroy();
}

const startErrors: readonly (readonly [string, string])[] = [
  [
    "nosuchbin",
    'Failed to start pty: exec: "nosuchbin": executable file not found in $PATH',
  ],
  [
    "/no/such/sh -c x",
    "Failed to start pty: fork/exec /no/such/sh: no such file or directory",
  ],
  ["/etc", "Failed to start pty: fork/exec /etc: permission denied"],
  [
    "/etc/passwd",
    "Failed to start pty: fork/exec /etc/passwd: permission denied",
  ],
  ["''", "Failed to start pty: exec: no command"],
  [
    "echo 'open",
    "Failed to parse commands input: EOF found when expecting closing quote",
  ],
];

for (const [command, reason] of startErrors) {
  Deno.test(`no output and the agent's own text when it cannot start: ${command}`, () =>
    withSession(command, async (client) => {
      assert.equal(await client.closed(), `${prefix}${reason}\n\n`);
      assert.equal(client.output().length, 0);
    }));
}

Deno.test("a script without a first line, and one whose interpreter is missing", () =>
  withSession("sh -c 'printf RDY; read x'", async (_client, sandbox) => {
    const { findExecutable } = await import("./find_executable.ts");
    const image = { path: sandbox.directory, tools: undefined };
    Deno.writeTextFileSync(`${sandbox.directory}/plain`, "echo hi\n", {
      mode: 0o755,
    });
    Deno.writeTextFileSync(`${sandbox.directory}/bad`, "#!/no/such\n", {
      mode: 0o755,
    });
    assert.deepEqual(findExecutable("./plain", image, sandbox.directory), {
      kind: "error",
      message: "fork/exec ./plain: exec format error",
    });
    assert.deepEqual(findExecutable("bad", image, sandbox.directory), {
      kind: "error",
      message: `fork/exec ${sandbox.directory}/bad: no such file or directory`,
    });
  }));

Deno.test("a start error takes as long as it is told; the real agent's is 2 s", async () => {
  const begun = performance.now();
  await withSession("nosuchbin", async (client) => {
    await client.closed();
  }, { startErrorDelayMs: 200 });
  assert.ok(performance.now() - begun >= 200);
});

Deno.test("an empty command is refused at once, without the prefix", () =>
  withSession(" ", async (client) => {
    assert.equal(
      await client.closed(),
      "Commands cannot be empty for session type InteractiveCommands",
    );
  }));

Deno.test("only a comment: no answer at all", () =>
  withSession("# foo", async (client, sandbox) => {
    await client.waitFor((one) => one.messages.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(client.messages.length, 1);
    await terminate(sandbox, client.sessionId);
    await client.closed();
  }));

Deno.test("TerminateSession kills the command and hangs up on its children; nohup lives on", () =>
  withSession(
    "sh -c 'sleep 61 & plain=$!; nohup sleep 62 >/dev/null 2>&1 & sleep 0.1; echo $$ $plain $!; wait'",
    async (client, sandbox) => {
      await client.waitFor((one) => one.output().includes("\n"));
      const [shell = 0, plain = 0, immune = 0] = client.output().toString()
        .trim().split(/\s+/).map(Number);
      assert.equal(shell, sandbox.sessions()[0]?.pid);
      assert.ok([shell, plain, immune].every(isAlive));
      await terminate(sandbox, client.sessionId);
      assert.equal(await client.closed(), "");
      while (isAlive(plain)) {
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      assert.ok(!isAlive(shell));
      assert.ok(isAlive(immune));
      const immunePid = immune;
      await sandbox.close();
      assert.ok(!isAlive(immunePid), "close kills what is left");
    },
  ));

Deno.test("a shell killed with -9 ends the session like any other: no marker, empty Output", () =>
  withSession(
    "sh -c 'echo before; kill -9 $$; printf MARKER'",
    async (client) => {
      assert.equal(await client.closed(), "");
      assert.equal(client.output().toString(), "before\r\n");
    },
  ));

Deno.test("output nobody acknowledges is resent from its head only, then given up", () =>
  withSession(
    "sh -c 'printf one; sleep 0.05; printf two'",
    async (client, sandbox) => {
      const begun = performance.now();
      await client.closed();
      const took = performance.now() - begun;
      assert.ok(took >= 350 && took < 900, `${took}`);
      const numbers = client.messages.filter((one) =>
        one.messageType === "output_stream_data"
      ).map((one) => one.sequenceNumber);
      assert.equal(numbers.filter((one) => one === 1).length, 1);
      assert.ok(numbers.filter((one) => one === 0).length >= 3, `${numbers}`);
      assert.ok((sandbox.sessions()[0]?.resent ?? 0) >= 2);
    },
    { giveUpMs: 400 },
    { acknowledges: () => false },
  ));

Deno.test("the session closes as soon as all is acknowledged", () =>
  withSession("echo quick", async (client) => {
    const begun = performance.now();
    await client.closed();
    assert.ok(performance.now() - begun < 400);
  }));

Deno.test("a stopped task takes the agent with it: processes die and nothing more is said", () =>
  withSession("sh -c 'printf RDY; sleep 60'", async (client, sandbox) => {
    await client.waitFor((one) => one.output().includes("RDY"));
    const pid = sandbox.sessions()[0]?.pid ?? 0;
    sandbox.stopTask(sandbox.tasks("worker")[0]?.taskId ?? "", "Scaled in");
    await sandbox.waitFor((one) =>
      one.events().some((event) => event.kind === "exited")
    );
    assert.ok(!isAlive(pid));
    assert.ok(
      client.messages.every((one) => one.messageType !== "channel_closed"),
    );
  }));
