import assert from "node:assert/strict";
import { quotePath, quoteValue } from "../src/quote_value.ts";

Deno.test("a value is echoed up to its hundredth character, and a path whole", () => {
  assert.equal(quoteValue("x".repeat(100)), `"${"x".repeat(100)}"`);
  assert.equal(quoteValue("x".repeat(101)), `"${"x".repeat(100)}…"`);
  assert.equal(quoteValue("y".repeat(1_000_000)), `"${"y".repeat(100)}…"`);
  // A character of two units is not cut in half.
  assert.equal(quoteValue("😀".repeat(101)), `"${"😀".repeat(100)}…"`);
  assert.equal(quotePath("/x".repeat(200)), `"${"/x".repeat(200)}"`);
});
