import assert from "node:assert/strict";
import { createRoundTrip } from "../../../src/session/channel/round_trip.ts";

Deno.test("the first timeout is 200 ms, as AWS's client has it", () => {
  assert.equal(createRoundTrip().timeout(), 200);
});

Deno.test("one measure moves the estimate by AWS's own weights", () => {
  const roundTrip = createRoundTrip();
  roundTrip.measure(60);
  // variation 0 + 40/4 = 10; smoothed 87.5 + 7.5 = 95.
  assert.equal(roundTrip.timeout(), 135);
});

Deno.test("a steady line comes near its round trip and stays 10 ms above", () => {
  const roundTrip = createRoundTrip();
  for (let count = 0; count < 200; count++) roundTrip.measure(30);
  assert.ok(Math.abs(roundTrip.timeout() - 40) < 0.1);
});

Deno.test("no line makes it wait longer than a second", () => {
  const roundTrip = createRoundTrip();
  roundTrip.measure(1_000_000);
  assert.equal(roundTrip.timeout(), 1000);
});
