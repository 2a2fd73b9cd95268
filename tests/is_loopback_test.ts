import assert from "node:assert/strict";
import { isLoopback } from "../src/is_loopback.ts";

Deno.test("isLoopback knows this machine's names and addresses, and no others", () => {
  for (
    const host of ["localhost", "127.0.0.1", "127.8.9.10", "::1", "[::1]"]
  ) assert.ok(isLoopback(host), host);
  for (
    const host of [
      "127.0.0.1.example.com",
      "localhost.example.com",
      "128.0.0.1",
      "127.0.0",
      "0.0.0.0",
      "::2",
      "[::1",
      "",
    ]
  ) assert.ok(!isLoopback(host), host);
});
