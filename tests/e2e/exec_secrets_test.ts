import assert from "node:assert/strict";
import { installStandInPlugin } from "../session/plugin/stand_in_plugin.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { testPorthole } from "./run_porthole.ts";

const folder = await Deno.makeTempDir();
/** Every token, stream URL and key that AWS has answered with. */
const secrets = new Set<string>();
const sandbox = await startSandbox({ kms: true, rewrite: takeDown });
Deno.test.afterAll(async () => {
  await sandbox.close();
  await Deno.remove(folder, { recursive: true });
});
const { env } = sandbox;
const debug = { ...env, PORTHOLE_DEBUG: "1" };

function takeDown<T>(_operation: string, answer: T): T {
  JSON.stringify(answer, (key, value) => {
    if (/^(tokenValue|streamUrl|Plaintext|CiphertextBlob)$/i.test(key)) {
      secrets.add(value);
    }
    return value;
  });
  return answer;
}

/** The secret key, every secret that was answered, any stream URL, and whatever looks like a token. */
function assertNoSecret(text: string): void {
  assert(!text.includes(env["AWS_SECRET_ACCESS_KEY"] ?? ""), text);
  for (const secret of secrets) assert(!text.includes(secret), text);
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
  const own = await startSandbox({
    deny: ["ssmmessages:OpenDataChannel"],
    rewrite: takeDown,
  });
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

testPorthole("no secret in porthole's own log", async (porthole) => {
  for (const format of ["text", "json"]) {
    const { stderr } = await porthole.run(
      ["exec", "worker", "--debug", "--log-format", format, "--", "true"],
      { env },
    );
    // It tells of the calls that were answered with secrets.
    assert.match(stderr, /ExecuteCommand/);
    assert.match(stderr, /GenerateDataKey/);
    assert(secrets.size >= 3);
    assertNoSecret(stderr);
  }
});
