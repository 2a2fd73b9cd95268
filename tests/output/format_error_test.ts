import assert from "node:assert/strict";
import { PortholeError } from "../../src/errors.ts";
import { formatErrorObject } from "../../src/output/format_error.ts";

Deno.test("a failure of a verb that only shows is an object too", () => {
  const error = new PortholeError("config_invalid", "Cannot use it: no");
  assert.deepEqual(JSON.parse(formatErrorObject(error)), {
    error: { code: "config_invalid", message: "Cannot use it: no" },
  });
});
