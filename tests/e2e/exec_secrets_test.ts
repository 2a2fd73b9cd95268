import assert from "node:assert/strict";
import { installStandInPlugin } from "../session/plugin/stand_in_plugin.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { testPorthole } from "./run_porthole.ts";

const folder = await Deno.makeTempDir();
const log = `${folder}/requests.jsonl`;
const sandbox = await startSandbox({ log });
Deno.test.afterAll(async () => {
  await sandbox.close();
  await Deno.remove(folder, { recursive: true });
});
const { env } = sandbox;
const debug = { ...env, PORTHOLE_DEBUG: "1" };

/** The secret key, any stream URL, and whatever looks like a token: those of the sandbox are 128 characters of base64. */
function assertNoSecret(text: string): void {
  assert(!text.includes(env["AWS_SECRET_ACCESS_KEY"] ?? ""), text);
  assert(!/\/v1\/data-channel\//.test(text), text);
  assert(!/[A-Za-z0-9+/]{100}/.test(text), text);
}

testPorthole(
  "no secret in what the built-in client writes",
  async (porthole) => {
    for (
      const args of [["--", "true"], ["--", "no-such-program"], [
        "-c",
        "x",
        "--",
        "true",
      ]]
    ) {
      const result = await porthole.run(["exec", "worker", ...args], {
        env: debug,
      });
      assertNoSecret(result.text + result.stderr);
    }
  },
);

testPorthole("no secret in an error of the data channel", async (porthole) => {
  const own = await startSandbox({ deny: ["ssmmessages:OpenDataChannel"] });
  try {
    const result = await porthole.run(["exec", "worker", "--", "true"], {
      env: { ...debug, ...own.env },
    });
    assert.equal(result.status, 125);
    assertNoSecret(result.text + result.stderr);
  } finally {
    await own.close();
  }
});

testPorthole(
  "no secret in the plugin's arguments, nor in what is written around it",
  async (porthole) => {
    const standIn = await installStandInPlugin(folder, { remote: "echo done" });
    const result = await porthole.run(
      ["exec", "worker", "--session", "plugin", "--", "true"],
      { env: { ...debug, PATH: `${folder}:${Deno.env.get("PATH")}` } },
    );
    const session = JSON.parse(
      (await standIn.readEnvironment())["AWS_SSM_START_SESSION_RESPONSE"] ?? "",
    );
    const written = [
      result.text,
      result.stderr,
      ...await standIn.readArguments(),
    ].join("\n");
    assertNoSecret(written);
    assert(!written.includes(session.TokenValue));
    assert(!written.includes(session.StreamUrl));
  },
);

testPorthole("no secret in the sandbox's log", async () => {
  const text = await Deno.readTextFile(log);
  assert(text.includes("ExecuteCommand"));
  assert(!text.includes(env["AWS_SECRET_ACCESS_KEY"] ?? ""));
  assert(!/"TokenValue":"[^…"]/i.test(text));
});
