import assert from "node:assert/strict";
import { rememberEvents } from "../../src/logs/seen_events.ts";

/** As CloudWatch writes them: 56 digits, of which neighbors share most. */
function idOf(number: number): string {
  return `3623457890123456789${String(number).padStart(37, "0")}`;
}

Deno.test("an event is known by its time and id, and no other is taken for it", () => {
  const seen = rememberEvents();
  for (let number = 0; number < 200_000; number += 2) {
    seen.add({ id: idOf(number), at: 5_000 });
  }
  for (let number = 0; number < 200_000; number++) {
    assert.equal(
      seen.has({ id: idOf(number), at: 5_999 }),
      number % 2 === 0,
      `${number}`,
    );
  }
  assert.equal(seen.has({ id: idOf(0), at: 4_999 }), false);
});

Deno.test("what is forgotten is that of whole seconds, and one takes on another's", () => {
  const seen = rememberEvents();
  const other = rememberEvents();
  const events = [0, 999, 1_000, 7_500].map((at) => ({ id: `${at}`, at }));
  for (const event of events) other.add(event);
  seen.add({ id: "own", at: 1_500 });
  seen.takeOn(other);
  seen.forget(1_800);
  assert.deepEqual(events.map(seen.has), [false, false, true, true]);
  assert.ok(seen.has({ id: "own", at: 1_500 }));
  assert.ok(other.has(events[0]!));
});
