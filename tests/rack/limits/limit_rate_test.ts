import assert from "node:assert/strict";
import { limitRate } from "../../../src/rack/limits/limit_rate.ts";

Deno.test("so many look-ups a second, and a burst of four seconds' worth", () => {
  let time = 0;
  const isWithin = limitRate(5, () => new Date(time));
  const count = (user: string, tries: number) =>
    Array.from({ length: tries }, () => isWithin(user)).filter(Boolean).length;
  assert.equal(count("ann", 100), 20);
  assert.equal(count("bob", 1), 1);
  time += 1_000;
  assert.equal(count("ann", 100), 5);
  time += 3_600_000;
  assert.equal(count("ann", 100), 20);
  // A clock that was put back gives nothing, and takes nothing.
  time -= 3_600_000;
  assert.equal(count("ann", 1), 0);
  time += 1_000;
  assert.equal(count("ann", 100), 5);
});
