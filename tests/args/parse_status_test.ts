import assert from "node:assert/strict";
import { expectUsageError, parse } from "./parse.ts";

const ID = "0123456789abcdef0123456789abcdef";

function parseStatus(words: readonly string[]) {
  const invocation = parse(["status", ...words]);
  assert.equal(invocation.kind, "status");
  return invocation as Extract<typeof invocation, { kind: "status" }>;
}

Deno.test("status shows five events, once, as text", () => {
  const { events, watch, output, shared } = parseStatus(["prod/web"]);
  assert.deepEqual([events, watch, output], [5, false, "text"]);
  assert.equal(shared.cluster?.value, "prod");
  assert.equal(shared.service?.value, "web");
});

Deno.test("status takes a number of events, none too", () => {
  assert.equal(parseStatus(["--events", "0"]).events, 0);
  assert.equal(parseStatus(["--events=20", "--watch"]).events, 20);
});

Deno.test("status takes a task, for its service", () => {
  assert.equal(parseStatus([ID.toUpperCase()]).taskId, ID);
});

Deno.test("ten slips of status", () => {
  for (const events of ["-1", "five", "1.5", "1e3", " ", "99999999999"]) {
    expectUsageError(["status", `--events=${events}`], "Cannot use");
  }
  expectUsageError(["status", "web", "db"], '"db"');
  expectUsageError(["status", "-o", "table"], "{text|json}");
  expectUsageError(["status", "--all"], 'it is a flag of "exec" and "tasks"');
  expectUsageError(["status", "--via", "docker"], "--via");
});
