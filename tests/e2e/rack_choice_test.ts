import assert from "node:assert/strict";
import { startRack } from "../sandbox/start_rack.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox({ unsignedUpgrades: true });
const rack = startRack(sandbox, {
  handsOff: true,
  otherApps: ["another", "empty"],
});
Deno.test.afterAll(async () => {
  await rack.close();
  await sandbox.close();
});

const env = { PORTHOLE_RACK: rack.secretUrl };

testPorthole(
  "app, service and process are asked for where nothing names them",
  async (porthole) => {
    const ids = sandbox.tasks("web").map(({ taskId }) => taskId.slice(-12));
    const pty = porthole.openPty(["exec"], { env });
    await pty.waitFor("Select cluster number");
    pty.write("default\r");
    await pty.waitFor("Select service number");
    pty.write("web\r");
    await pty.waitFor("Select task number");
    for (const id of ids) assert.ok(pty.output.includes(id), pty.output);
    pty.write("1\r");
    await pty.waitFor(/[$#] /);
    pty.write("exit 4\r");
    assert.equal((await pty.exit).code, 4, pty.output);
  },
);

testPorthole(
  "where nobody can be asked, an error lists what there is, and nothing is started",
  async (porthole) => {
    const before = rack.requests().length;
    for (
      const [args, says, hint] of [
        [["web"], /Cannot choose an app/, /another, default, empty/],
        [["default/web"], /2 are running/, /--pick/],
        [["default/wbe"], /service "wbe" in app "default"/, /mean "web"/],
        [["another/web"], /service "web" in app "another"/, /no services/],
        [["nosuch/web"], /Cannot find app "nosuch"/, /APP\/SERVICE/],
        [["default/web", "--all"], /over a rack/, /--rack none/],
      ] as const
    ) {
      const { status, stderr, text } = await porthole.run(
        ["exec", ...args, "--", "ls"],
        { env },
      );
      assert.deepEqual([status, text], [125, ""], stderr);
      assert.match(stderr, says);
      assert.match(stderr, hint);
      assert.doesNotMatch(stderr, /porthole status/);
    }
    const asked = rack.requests().slice(before);
    assert.ok(asked.every(({ path }) => !path.endsWith("/exec")));
  },
);

testPorthole(
  "--result has what -o json has, beside the output",
  async (porthole) => {
    const path = await Deno.makeTempFile();
    const { status, text, stderr } = await porthole.run([
      "exec",
      "default/web",
      "--pick",
      "first",
      "--result",
      path,
      "--command",
      "echo out; exit 3",
    ], { env });
    assert.deepEqual([status, text], [3, "out\n"], stderr);
    const result = JSON.parse(await Deno.readTextFile(path));
    assert.equal(result.status, 3);
    assert.equal(result.container, null);
    assert.equal(result.runtime_id, null);
    assert.equal(result.route.kind, "ecs_exec");
    assert.deepEqual(result.bytes, { in: 0, out: 4 });
    assert.deepEqual(result.rack, {
      name: `127.0.0.1:${rack.port}`,
      carrier: "handoff",
    });
    await Deno.remove(path);
  },
);
