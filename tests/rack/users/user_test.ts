import assert from "node:assert/strict";
import { isExpired } from "../../../src/rack/users/user.ts";
import { createTestUser } from "../start_rack.ts";

Deno.test("a token holds up to its time, and not at it", () => {
  const expires = new Date("2030-01-01T00:00:00Z");
  const { user } = createTestUser("ann", [], { expires });
  assert.equal(isExpired(user, new Date(expires.getTime() - 1)), false);
  assert.equal(isExpired(user, expires), true);
  assert.equal(isExpired(createTestUser("bob", []).user, expires), false);
});
