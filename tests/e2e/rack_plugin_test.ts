import assert from "node:assert/strict";
import { startRack } from "../sandbox/start_rack.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { installStandInPlugin } from "../session/plugin/stand_in_plugin.ts";
import { testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox({ unsignedUpgrades: true });
const relay = startRack(sandbox);
const handoff = startRack(sandbox, { handsOff: true });
Deno.test.afterAll(async () => {
  await relay.close();
  await handoff.close();
  await sandbox.close();
});

testPorthole(
  "--session plugin without the plugin: AWS's page, and the rack is not asked",
  async (porthole) => {
    const before = handoff.connections().opened;
    const { status, stderr, text } = await porthole.run(
      ["exec", "worker", "--session", "plugin", "--", "ls"],
      { env: { PORTHOLE_RACK: handoff.secretUrl, PATH: "/usr/bin:/bin" } },
    );
    assert.deepEqual([status, text], [125, ""]);
    assert.match(stderr, /^error: session-manager-plugin not found in PATH$/m);
    assert.match(
      stderr,
      /^see: https:\/\/docs\.aws\.amazon\.com\/.*install-plugin\.html$/m,
    );
    assert.equal(handoff.connections().opened, before);
  },
);

testPorthole(
  "--session plugin joins a hand-off, with nothing of AWS's and no token of the rack",
  async (porthole) => {
    const folder = await Deno.makeTempDir();
    const standIn = await installStandInPlugin(folder);
    const pty = porthole.openPty(["exec", "worker", "--session", "plugin"], {
      env: {
        PORTHOLE_RACK: handoff.secretUrl,
        PATH: `${folder}:${Deno.env.get("PATH")}`,
        AWS_ACCESS_KEY_ID: "AKIASOMEBODY",
        AWS_SECRET_ACCESS_KEY: "somebody",
        AWS_PROFILE: "somebody",
      },
    });
    await pty.waitFor("Starting session");
    pty.write("exit\r");
    const { code } = await pty.exit;
    assert.equal(code, 0, pty.output);
    const [, region, action, profile, target, endpoint] = await standIn
      .readArguments();
    const { sessionId } = sandbox.sessions().at(-1)!;
    assert.deepEqual([region, action, profile, endpoint], [
      "us-east-1",
      "StartSession",
      "",
      "https://ssm.us-east-1.amazonaws.com",
    ]);
    assert.deepEqual(JSON.parse(target ?? ""), { Target: sessionId });
    const environment = await standIn.readEnvironment();
    assert.equal(environment["AWS_ACCESS_KEY_ID"] ?? "", "");
    assert.equal(environment["AWS_PROFILE"] ?? "", "");
    assert.equal(environment["AWS_CONFIG_FILE"], "/dev/null");
    await Deno.remove(folder, { recursive: true });
  },
);

for (
  const [name, faults, status] of [
    ["the rack's status", {}, 5],
    ["no status", { marker: "none" }, 125],
  ] as const
) {
  testPorthole(
    `--session plugin, and the rack carries the session: ${name}`,
    async (porthole) => {
      const folder = await Deno.makeTempDir();
      await installStandInPlugin(folder);
      relay.setFaults(faults);
      const pty = porthole.openPty(["exec", "worker", "--session", "plugin"], {
        env: {
          PORTHOLE_RACK: relay.secretUrl,
          PATH: `${folder}:${Deno.env.get("PATH")}`,
        },
      });
      await pty.waitFor(/[$#] /);
      pty.write("exit 5\r");
      const { code } = await pty.exit;
      assert.equal(code, status, pty.output);
      assert.ok(!pty.output.includes("F1E49A85"));
      await Deno.remove(folder, { recursive: true });
    },
  );
}
