import assert from "node:assert/strict";
import { PortholeError } from "../../src/errors.ts";
import { formatLogLine } from "../../src/output/format_log_line.ts";
import { formatErrorObject } from "../../src/output/format_error.ts";

Deno.test("a failure of a verb that only shows is an object too", () => {
  const error = new PortholeError("config_invalid", "Cannot use it: no");
  assert.deepEqual(JSON.parse(formatErrorObject(error)), {
    error: { code: "config_invalid", message: "Cannot use it: no" },
  });
});

Deno.test("a line's prefix ends where any other value does, as text", () => {
  const line = {
    time: new Date(0),
    level: "info",
    prefix: `${"x".repeat(300)}/main`,
    text: "Starting exec",
  } as const;
  assert.match(formatLogLine(line, "text"), / x{100}…\/main Starting exec$/);
  assert.equal(JSON.parse(formatLogLine(line, "json")).prefix, line.prefix);
});
