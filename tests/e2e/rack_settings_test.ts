import assert from "node:assert/strict";
import type { RackService } from "../sandbox/rack_service.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { testPorthole } from "./run_porthole.ts";
import { startCli } from "./start_cli.ts";

async function runRack(url: string, words: readonly string[]) {
  const env = { PORTHOLE_RACK: url };
  const cli = startCli({ env } as unknown as Sandbox, ["rack", ...words]);
  const status = await cli.status;
  return { status, text: cli.stdout(), stderr: cli.stderr() };
}

Deno.test({
  name:
    "rack params set rolls a rack's own service over; rack update to an image that is not there fails, and a change works after",
  ignore: Deno.build.os === "windows",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const sandbox = await startSandbox({
      rollout: { stepMs: 20, tasksStop: false, circuitBreaker: "rollback" },
      rack: {
        ecsExec: "No",
        settleMs: 0,
        flags: ["--drain", "1s"],
      },
    });
    const { rack } = sandbox;
    assert.ok(rack !== undefined);
    const run = (...words: string[]) => runRack(rack.secretUrl, words);
    /** A rack's answers are two seconds old at most. */
    const until = async (status: string) => {
      for (;;) {
        const { text } = await run("show");
        if (text.includes(`\nStatus    ${status}\n`)) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    try {
      const [before] = rack.processes();
      assert.equal((await run("params")).text, "ECSExec  No\n", rack.log());
      const set = await run("params", "set", "ECSExec=Yes");
      assert.equal(set.status, 0, set.stderr + rack.log());
      const [first, ...lines] = set.text.split("\n");
      assert.equal(first, "Updating parameters... OK");
      assert.ok(
        lines.some((line) => line.includes("enable-exec default/legacy")),
      );
      await until("running");
      assert.equal((await run("params")).text, "ECSExec  Yes\n");
      await before?.exit;
      const [after, ...others] = rack.processes();
      assert.notEqual(after?.taskId, before?.taskId);
      assert.deepEqual(others, []);

      const refused = await run("params", "set", "ECSExec=maybe");
      assert.deepEqual([refused.status, refused.text], [
        1,
        "Updating parameters... ",
      ]);
      assert.match(refused.stderr, /ECSExec is Yes or No, not "maybe"/);
      const old = await run("update", "0.1.0");
      assert.equal(old.status, 1);
      assert.match(
        old.stderr,
        /Cannot update to 0\.1\.0: it predates the ECSExec parameter; set ECSExec=No first, wait for the update to complete, then downgrade/,
      );

      assert.equal((await run("update", "9.9.9")).status, 0);
      await until("failed");
      const again = await run("params", "set", "ECSExec=No");
      assert.equal(again.status, 0, again.stderr + rack.log());
      await until("running");
      assert.equal((await run("params")).text, "ECSExec  No\n");

      // Who asked for what stands there before it was done.
      const changes = rack.audit().filter(({ event }) =>
        event === "params" || event === "update"
      );
      assert.ok(changes.length === 6);
      assert.ok(changes.every(({ user }) => user === "admin"));
    } finally {
      await sandbox.close();
    }
  },
});

/** Waits until so many of a rack's processes have been asked to stop, and drain. */
async function waitForDrains(
  { audit }: RackService,
  count: number,
): Promise<void> {
  while (audit().filter(({ event }) => event === "drain").length < count) {
    await new Promise((go) => setTimeout(go, 20));
  }
}

const isLong = Deno.env.get("PORTHOLE_TEST_LONG") === "1";

testPorthole(
  "a rack's rolling restart: what it carries goes on until the drain is over, what is new comes to the new process",
  async (porthole) => {
    const sandbox = await startSandbox({
      rollout: { stepMs: 20, tasksStop: false, circuitBreaker: "rollback" },
      rack: {
        ecsExec: "No",
        // The balancer goes on with the old process for a while, as AWS's does.
        settleMs: 1_000,
        flags: ["--drain", isLong ? "8s" : "4s", "--handoff", "never"],
      },
    });
    const { rack } = sandbox;
    assert.ok(rack !== undefined);
    const env = { PORTHOLE_RACK: rack.secretUrl };
    try {
      const begin = await porthole.run(
        ["rack", "params", "set", "ECSExec=Yes"],
        { env },
      );
      assert.equal(begin.status, 0, begin.stderr + rack.log());
      const [first] = rack.processes();
      await first?.exit;
      const start = (command: string) =>
        porthole.start(
          ["exec", "default/worker", "--command", `echo here; ${command}`],
          { env, stdin: "silent" },
        );
      const short = start("read a; echo $a; exit 6");
      const long = start("sleep 600");
      await Promise.all([short.waitFor("here"), long.waitFor("here")]);
      const [old] = rack.processes();
      assert.notEqual(old?.taskId, first?.taskId);

      const set = porthole.start(
        [
          "rack",
          "params",
          "set",
          "ECSExec=No",
          ...(isLong ? ["--wait"] : []),
        ],
        { env },
      );
      // It is asked to stop, and drains.
      await waitForDrains(rack, 2);
      // Whichever process this comes to: the new one carries it, by the new parameter.
      const anew = await porthole.run(
        ["exec", "default/worker", "--", "true"],
        {
          env,
        },
      );
      assert.equal(anew.status, 125);
      assert.match(
        anew.stderr,
        /Docker was chosen because the rack's parameter ECSExec is No/,
      );
      await short.write("on\n");
      const { status, text, stderr } = await short.result;
      assert.deepEqual([status, text], [6, "here\non\n"], stderr);
      const ended = await long.result;
      assert.equal(ended.status, 125);
      assert.match(ended.stderr, /the rack is restarting/);
      await old?.exit;
      assert.equal((await set.result).status, 0, (await set.result).stderr);
      const [left, ...others] = rack.processes();
      assert.notEqual(left?.taskId, old?.taskId);
      assert.deepEqual(others, []);
      await sandbox.waitFor(() =>
        sandbox.sessions().every(({ state }) => state !== "running")
      );
    } finally {
      await sandbox.close();
    }
  },
);

testPorthole(
  "while a balancer still sends connections to a rack that is on its way out, 120 s as AWS's may, all of them are served, and a relay goes on",
  async (porthole) => {
    const settleMs = 120_000;
    const sandbox = await startSandbox({
      rollout: { stepMs: 20, tasksStop: false, circuitBreaker: "rollback" },
      rack: {
        ecsExec: "Yes",
        settleMs,
        // As the template has it.
        flags: ["--drain", "110s", "--handoff", "never"],
      },
    });
    const { rack } = sandbox;
    assert.ok(rack !== undefined);
    const env = { PORTHOLE_RACK: rack.secretUrl };
    try {
      const [old] = rack.processes();
      const relay = porthole.start(
        [
          "exec",
          "default/worker",
          "--command",
          "echo here; while read -r line; do echo $line; done; exit 6",
        ],
        { env, stdin: "silent" },
      );
      await relay.waitFor("here");

      const set = await porthole.run(["rack", "params", "set", "ECSExec=No"], {
        env,
      });
      assert.equal(set.status, 0, set.stderr + rack.log());
      await waitForDrains(rack, 1);
      const begin = performance.now();
      let isOver = false;
      const over = old?.exit.then(() => isOver = true);
      const served: string[] = [];
      let line = 0;
      while (performance.now() - begin < settleMs + 5_000) {
        const { status, text, stderr } = await porthole.run(
          ["rack", "params"],
          { env },
        );
        assert.equal(status, 0, stderr + rack.log());
        served.push(text);
        if (isOver) continue;
        await relay.write(`${++line}\n`);
        await Promise.race([relay.waitFor(`\n${line}\n`), over]);
      }
      assert.ok(isOver);
      // Once a second at least, and all from the new parameter.
      assert.deepEqual([...new Set(served)], ["ECSExec  No\n"]);
      assert.ok(line > 20 && served.length > line, `${line} ${served.length}`);
      const { status, stderr } = await relay.result;
      assert.equal(status, 125);
      assert.match(stderr, /the rack is restarting/);
    } finally {
      await sandbox.close();
    }
  },
  { long: true },
);
