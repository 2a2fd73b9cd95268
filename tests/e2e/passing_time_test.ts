import assert from "node:assert/strict";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { SandboxOptions } from "../sandbox/sandbox_options.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { startCli } from "./start_cli.ts";

/** How often a task is looked at while a session runs in it. */
const LOOK_MS = 10_000;

function test(
  name: string,
  options: Partial<SandboxOptions>,
  body: (sandbox: Sandbox) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: Deno.build.os === "windows",
    // What a session leaves behind ends with the sandbox.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const sandbox = await startSandbox(options);
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(
        () => late.reject(new Error("The test did not end")),
        60_000,
      );
      try {
        await Promise.race([body(sandbox), late.promise]);
      } finally {
        clearTimeout(timer);
        await sandbox.close();
      }
    },
  });
}

const BUILTIN = ["--session", "builtin"];
const sleeper = ["--", "sh", "-c", "echo up; exec sleep 600"];

test(
  "the time limit of a shell ends once the shell is open",
  {},
  async (sandbox) => {
    const cli = startCli(
      sandbox,
      ["exec", ...BUILTIN, "--timeout", "7m", "worker"],
      { terminal: true },
    );
    await cli.waitForOutput(/[#$] $/);
    const [limit] = cli.naps(7 * 60_000);
    assert.equal(limit?.signal?.aborted, true);
    cli.type("exit 3\r");
    assert.equal(await cli.status, 3, cli.stderr());
  },
);

test("the time limit of a command goes on", {}, async (sandbox) => {
  const cli = startCli(sandbox, [
    "exec",
    ...BUILTIN,
    "--timeout",
    "7m",
    "worker",
    ...sleeper,
  ]);
  await cli.waitForOutput("up\n");
  const [limit] = cli.naps(7 * 60_000);
  assert.equal(limit?.signal?.aborted, false);
  limit?.wake();
  assert.equal(await cli.status, 124, cli.stderr());
});

test(
  "a task that stops in mid-session: its reason, and 125",
  {},
  async (sandbox) => {
    const cli = startCli(sandbox, ["exec", ...BUILTIN, "worker", ...sleeper]);
    await cli.waitForOutput("up\n");
    const look = await cli.waitForNap(LOOK_MS);
    sandbox.stopTask(sandbox.tasks("worker")[0]?.taskId ?? "", "Scaling");
    look.wake();
    assert.equal(await cli.status, 125);
    assert.match(cli.stderr(), /^error: .*is STOPPED \(Scaling\)$/m);
    // What ran in the task has ended with it.
    assert.doesNotMatch(cli.stderr(), /may still be running/);
    assert.equal(cli.stdout(), "up\n");
  },
);

for (const isOver of [true, false]) {
  test(
    `a task of run that stops ${
      isOver ? "after" : "before"
    } --max-duration says so, or not`,
    {},
    async (sandbox) => {
      const cli = startCli(
        sandbox,
        ["run", ...BUILTIN, "--max-duration", "90m", "worker", ...sleeper],
      );
      await cli.waitForOutput("up\n");
      const look = await cli.waitForNap(LOOK_MS);
      const { taskId } = sandbox.taskChanges().at(-1) ?? {};
      sandbox.stopTask(taskId ?? "", "Essential container in task exited");
      await sandbox.waitFor(({ taskChanges }) =>
        taskChanges().at(-1)?.status === "STOPPED"
      );
      cli.advance((isOver ? 91 : 80) * 60_000);
      look.wake();
      assert.equal(await cli.status, 125);
      assert.match(cli.stderr(), /^error: .*is STOPPED \(Essential/m);
      assert.equal(
        /^hint: --max-duration \(1h30m\) expired, so the task stopped$/m
          .test(cli.stderr()),
        isOver,
        cli.stderr(),
      );
    },
  );
}

for (const [limit, calls] of [["4s", 3], ["9s", 5]] as const) {
  test(
    `an agent that does not connect is asked for --agent-timeout ${limit}`,
    {
      // It has just started, and may still be connecting.
      agentPendingMs: 1,
      fail: {
        "ecs:ExecuteCommand": {
          error: "TargetNotConnectedException",
          message:
            "The execute command failed due to an internal error. Try again later.",
        },
      },
    },
    async (sandbox) => {
      const cli = startCli(
        sandbox,
        [
          "exec",
          ...BUILTIN,
          "--agent-timeout",
          limit,
          "worker",
          "--",
          "true",
        ],
        { skip: [2_000] },
      );
      assert.equal(await cli.status, 125);
      assert.match(cli.stderr(), /^error: .*is not connected/m);
      const asked = sandbox.requests().filter(({ operation }) =>
        operation === "ExecuteCommand"
      );
      assert.equal(asked.length, calls);
    },
  );
}
