import assert from "node:assert/strict";
import type { ExecSwitchInvocation } from "../../src/args/invocation.ts";
import { expectUsageError, parse } from "./parse.ts";

function parseSwitch(...words: string[]): ExecSwitchInvocation {
  const invocation = parse(words);
  assert.ok(invocation.kind === "exec_switch");
  return invocation;
}

Deno.test("enable-exec and disable-exec take a service, and ask and wait unless told otherwise", () => {
  const on = parseSwitch("enable-exec", "prod/web");
  assert.equal(on.enable, true);
  assert.equal(on.shared.cluster?.value, "prod");
  assert.equal(on.shared.service?.value, "web");
  assert.deepEqual([on.yes, on.wait, on.output], [false, true, "text"]);

  const off = parseSwitch("disable-exec", "web", "-y", "--no-wait", "-o=json");
  assert.equal(off.enable, false);
  assert.deepEqual([off.yes, off.wait, off.output], [true, false, "json"]);
  assert.equal(parseSwitch("enable-exec").shared.service, undefined);
});

Deno.test("a task cannot be switched, and nothing more follows a service", () => {
  const id = "0123456789abcdef0123456789abcdef";
  expectUsageError(["enable-exec", id], "it is a task", "enable-exec SERVICE");
  expectUsageError(
    ["disable-exec", id],
    "it is a task",
    "disable-exec SERVICE",
  );
  expectUsageError(["enable-exec", "web", "api"], '"api"');
  expectUsageError(["enable-exec", "web", "--", "ls"], '"--"');
  expectUsageError(["enable-exec", "web", "-c", "app"], '"-c" (--container)');
  expectUsageError(["exec", "web", "--yes"], '"--yes"', "");
  expectUsageError(["enable-exec", "web", "--service", "api"], "different");
  expectUsageError(["enable-exec", "web/"], "it is not a service");
});
