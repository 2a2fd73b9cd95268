import assert from "node:assert/strict";
import { startRack } from "../sandbox/start_rack.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { installStandInPlugin } from "../session/plugin/stand_in_plugin.ts";
import { testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox({ unsignedUpgrades: true });
const rack = startRack(sandbox, { handsOff: true });
Deno.test.afterAll(async () => {
  await rack.close();
  await sandbox.close();
});

/** What would have a program sign for somebody, or speak to somewhere: some that everybody knows, and others. */
const theirs = {
  AWS_ACCESS_KEY_ID: "AKIASOMEBODY",
  AWS_SECRET_ACCESS_KEY: "somebody",
  AWS_PROFILE: "somebody",
  AWS_REGION: "eu-north-1",
  AWS_CA_BUNDLE: "/nowhere",
  AWS_ENDPOINT_URL_STS: "http://127.0.0.1:1",
  AWS_SHARED_CREDENTIALS_FILE: "/nowhere",
  AWS_OF_TOMORROW: "somebody",
};
/** What is there instead. */
const instead = [
  "AWS_CONFIG_FILE=/dev/null",
  "AWS_EC2_METADATA_DISABLED=true",
  "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
];

/** Installs a program that writes what it sees of racks and AWS before it does `work`. */
async function install(folder: string, name: string, work: string) {
  await Deno.writeTextFile(
    `${folder}/${name}`,
    `#!/bin/sh\nenv | grep -E '^(AWS|PORTHOLE_RACK)' | sort >"${folder}/${name}.env"\n${work}\n`,
    { mode: 0o755 },
  );
  return async () =>
    (await Deno.readTextFile(`${folder}/${name}.env`)).trim().split("\n");
}

testPorthole(
  "with a rack of the configuration, neither jsonnet, filter nor plugin sees AWS or the rack's token",
  async (porthole) => {
    const folder = await Deno.makeTempDir();
    await installStandInPlugin(folder);
    await Deno.rename(
      `${folder}/session-manager-plugin`,
      `${folder}/the-plugin`,
    );
    const seen = [
      await install(
        folder,
        "jsonnet",
        `echo '{"exec": {"rack": "dev"}, "service": "web"}'`,
      ),
      await install(folder, "choose", "head -n 1"),
      await install(
        folder,
        "session-manager-plugin",
        'exec "$(dirname "$0")/the-plugin" "$@"',
      ),
    ];
    await Deno.writeTextFile(`${folder}/ecspresso.jsonnet`, "{}");
    const env = {
      ...theirs,
      XDG_CONFIG_HOME: folder,
      PATH: `${folder}:${Deno.env.get("PATH")}`,
      PORTHOLE_RACK_NOTE: "x",
    };
    const login = await porthole.run(
      ["rack", "login", rack.url, "--name", "dev", "--token-stdin"],
      { env, stdin: new TextEncoder().encode("secret-token\n") },
    );
    assert.equal(login.status, 0, login.stderr);
    const pty = porthole.openPty([
      "exec",
      "--config",
      `${folder}/ecspresso.jsonnet`,
      "--session",
      "plugin",
      "--filter-command",
      "choose",
    ], { env });
    await pty.waitFor("Starting session");
    pty.write("exit\r");
    assert.equal((await pty.exit).code, 0, pty.output);
    for (const read of seen) {
      const lines = (await read())
        // The session itself is what the plugin is for.
        .filter((line) => !line.startsWith("AWS_SSM_START_SESSION_RESPONSE"));
      assert.deepEqual(lines, instead);
    }
    await Deno.remove(folder, { recursive: true });
  },
);
