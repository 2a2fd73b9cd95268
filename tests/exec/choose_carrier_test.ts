import assert from "node:assert/strict";
import type { SessionChoice } from "../../src/args/invocation.ts";
import { chooseCarrier } from "../../src/exec/choose_carrier.ts";

function choose(
  session: SessionChoice,
  { interactive = false, keepAlive = false, installed = true } = {},
) {
  return chooseCarrier(
    { session: { value: session, source: { kind: "default" } } },
    { interactive, keepAlive },
    {
      platform: "linux",
      env: () => "/bin",
      isExecutable: () => Promise.resolve(installed),
    },
  );
}

Deno.test("auto is the plugin for a person, and the built-in client for all else", async () => {
  assert.equal((await choose("auto", { interactive: true })).kind, "plugin");
  assert.equal((await choose("auto")).kind, "builtin");
  assert.equal(
    (await choose("auto", { interactive: true, keepAlive: true })).kind,
    "builtin",
  );
});

Deno.test("without the plugin auto says so, and asking for it fails", async () => {
  const carrier = await choose("auto", { interactive: true, installed: false });
  assert.equal(carrier.kind, "builtin");
  assert.match(carrier.notice ?? "", /not found in PATH.*https:/);
  await assert.rejects(choose("plugin", { installed: false }), {
    code: "plugin_not_found",
  });
});

Deno.test("what was asked for is taken", async () => {
  assert.equal((await choose("plugin")).kind, "plugin");
  const builtin = await choose("builtin", { interactive: true });
  assert.equal(builtin.kind, "builtin");
  assert.equal(builtin.notice, undefined);
});
