import assert from "node:assert/strict";
import { runPluginCall } from "../../../src/commands/plugin/run_plugin_call.ts";
import type { Deps } from "../../../src/deps.ts";
import { createRealDeps } from "../../../src/real_deps.ts";
import { recordLog } from "../../exec/fake_log.ts";

const VARIABLE = "AWS_SSM_START_SESSION_RESPONSE";

/** Calls the plugin where `session` is what its variable holds. */
async function call(words: readonly string[], session?: string) {
  const variables: Readonly<Record<string, string | undefined>> = {
    [VARIABLE]: session,
    // Nothing is looked for on the machine, and nothing asked of AWS.
    AWS_ACCESS_KEY_ID: "AKID",
    AWS_SECRET_ACCESS_KEY: "key",
  };
  const deps: Deps = { ...createRealDeps(), env: (name) => variables[name] };
  return await runPluginCall(words, deps, recordLog().log);
}

Deno.test("a call that only asks whether the plugin is there, and for its version", async () => {
  const here = await call([]);
  assert.equal(here.status, 0);
  assert.match(here.stdout ?? "", /stands in for session-manager-plugin/);
  const version = await call(["--version"]);
  assert.equal(version.status, 0);
  assert.match(version.stdout ?? "", /^\d+\.\d+\.\d+\.\d+\n$/);
});

Deno.test("a failure has status 0 only where any other would show the session", async () => {
  // A port that nobody listens on, and that needs no permission to find out.
  const session = JSON.stringify({
    SessionId: "s",
    StreamUrl: "ws://127.0.0.1:1/s",
    TokenValue: "secret",
  });
  const rest = ["us-east-1", "StartSession", "", "", ""];
  const word = await call([session, ...rest]);
  assert.equal(word.status, 0);
  assert.equal(word.error?.code, "unreachable");
  const variable = await call([VARIABLE, ...rest], session);
  assert.equal(variable.status, 125);
  const broken = await call(['{"SessionId":"s"}', ...rest]);
  assert.deepEqual([broken.status, broken.error?.code], [125, "usage"]);
  const unset = await call([VARIABLE, ...rest]);
  assert.deepEqual([unset.status, unset.error?.code], [125, "usage"]);
});
