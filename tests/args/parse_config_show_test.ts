import assert from "node:assert/strict";
import { expectUsageError, parse } from "./parse.ts";

Deno.test("config show takes the flags of every verb, --session and --output", () => {
  const invocation = parse(
    ["config", "show", "-o", "json", "--region", "r", "--session=plugin"],
    { PORTHOLE_SERVICE: "web" },
  );
  assert.ok(invocation.kind === "config_show");
  const { shared, session, output } = invocation;
  assert.equal(output, "json");
  assert.equal(shared.region?.value, "r");
  assert.equal(shared.service?.value, "web");
  assert.equal(session?.value, "plugin");
});

Deno.test("config without show, or with more, is refused", () => {
  expectUsageError(["config"], 'Cannot run "config"', "porthole config show");
  expectUsageError(["config", "shwo"], '"shwo"', "porthole config show");
  expectUsageError(["config", "edit"], 'has only "show"');
  expectUsageError(
    ["config", "show", "web"],
    '"web": unexpected argument after',
  );
  expectUsageError(["config", "show", "--", "ls"], '"--"');
  expectUsageError(["config", "show", "-c", "web"], '"-c" (--container)');
});
