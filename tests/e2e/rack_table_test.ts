import assert from "node:assert/strict";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { startRack } from "../sandbox/start_rack.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { testPorthole } from "./run_porthole.ts";
import { startCli } from "./start_cli.ts";

const sandbox = await startSandbox({ unsignedUpgrades: true });
const relay = startRack(sandbox);
const handoff = startRack(sandbox, { handsOff: true });
Deno.test.afterAll(async () => {
  await relay.close();
  await handoff.close();
  await sandbox.close();
});

async function run(
  env: Readonly<Record<string, string>>,
  args: readonly string[],
) {
  const cli = startCli({ env } as unknown as Sandbox, args);
  const status = await cli.status;
  return { status, stdout: cli.stdout() };
}

testPorthole(
  "a client that was stopped for more than a minute: the same as without a rack over a hand-off; a relay is lost, because the load balancer drops it",
  async (porthole) => {
    for (
      const [env, expected] of [
        [sandbox.env, [0, "ready\nlater\n"]],
        [{ PORTHOLE_RACK: handoff.secretUrl }, [0, "ready\nlater\n"]],
        [{ PORTHOLE_RACK: relay.secretUrl }, [125, "ready\n"]],
      ] as const
    ) {
      const go = await Deno.makeTempFile();
      const running = porthole.start([
        "exec",
        "worker",
        "--",
        "sh",
        "-c",
        'echo ready; while [ -e "$0" ]; do sleep 0.05; done; echo later',
        go,
      ], { env });
      await running.waitFor("ready");
      running.kill("SIGSTOP");
      // The minute: whoever carries a line drops it then; AWS keeps the session of a hand-off.
      relay.dropLines();
      handoff.dropLines();
      running.kill("SIGCONT");
      await Deno.remove(go);
      const { status, text, stderr } = await running.result;
      assert.deepEqual([status, text], expected, stderr);
    }
  },
);

/** What is the same with a rack and without; what is not has its reason. */
const ROWS: readonly (readonly [
  args: readonly string[],
  differs?: string,
])[] = [
  [["exec", "worker", "--", "true"]],
  [["exec", "worker", "--", "false"]],
  [["exec", "worker", "--", "sh", "-c", "exit 255"]],
  [["exec", "worker", "--command", "kill -KILL $$"]],
  [["exec", "worker", "--", "nosuch"]],
  [["exec", "worker", "--", "/"]],
  [["exec", "worker", "-w", "/nowhere", "--", "pwd"]],
  [["exec", "worker", "-w", "/", "--", "pwd"]],
  [["exec", "worker", "-u", "nobodyatall", "--", "id"]],
  [["exec", "default/worker", "-e", "A=b c", "--", "printenv", "A"]],
  [["exec", "worker", "-n", "--", "cat"]],
  [["exec", "worker", "--", "printf", "\\0\\1\\377\\r\\n\\t"]],
  [["exec", "worker", "--no-binary", "--", "printf", "a\\nb\\n"]],
  [["exec", "worker", "--", "sh", "-c", "echo out; echo err >&2"]],
  [["exec", "worker", "--", "printf", "%s", "é\n'"]],
  [["exec", "worker", "--", "sh", "-c", "echo $PPID >/dev/null; pwd"]],
  [["exec", "nowhere/worker", "--", "ls"]],
  [["exec", "worker", "--", ""]],
  [["exec", "worker", "--task-id", "zz", "--", "ls"]],
  [
    ["exec", "worker", "--no-shell", "--", "true"],
    "a Convox rack reports no status of a command without the wrapper",
  ],
  [
    ["exec", "worker", "--stderr", "split", "--", "true"],
    "refused over a rack: its line is one terminal",
  ],
  [
    ["exec", "worker", "-c", "worker", "--", "true"],
    "a process of a rack has one container",
  ],
];

for (const [args, differs] of ROWS) {
  Deno.test({
    name: `${args.join(" ")}${differs === undefined ? "" : `: ${differs}`}`,
    ignore: Deno.build.os === "windows",
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const direct = await run(sandbox.env, args);
      for (const { secretUrl } of [relay, handoff]) {
        const over = await run({ PORTHOLE_RACK: secretUrl }, args);
        if (differs === undefined) assert.deepEqual(over, direct);
        else assert.deepEqual([over.status, over.stdout], [125, ""]);
      }
    },
  });
}
