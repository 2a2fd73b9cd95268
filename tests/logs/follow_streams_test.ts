import assert from "node:assert/strict";
import fc from "fast-check";
import { followStreams } from "../../src/logs/follow_streams.ts";
import { fakeLogs, logEvent } from "./fake_logs.ts";

const second = 1_000;
const batch = { region: "eu-west-1", group: "g", streams: ["a", "b", "c"] };

/** Looks every second, and at last once all has come in. */
async function followAll(
  { events, pageSize, failures }: {
    readonly events: readonly ReturnType<typeof logEvent>[];
    readonly pageSize: number;
    readonly failures: readonly boolean[];
  },
): Promise<readonly string[]> {
  const logs = fakeLogs(events, { streams: batch.streams, pageSize });
  const shown: string[] = [];
  const follower = followStreams(logs, batch, {
    start: 0,
    show(page) {
      shown.push(...page.map(({ id }) => id));
      return Promise.resolve();
    },
    now: () => logs.now,
  });
  let calls = 0;
  logs.refuse = () => failures[calls++] ?? false;
  for (logs.now = 0; logs.now <= 200 * second; logs.now += second) {
    await follower.look().catch((error) => {
      assert.equal(error.code, "throttled");
    });
  }
  return shown;
}

Deno.test("every event is shown once: late ones, many a page, and after failures", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          stream: fc.constantFrom("a", "b", "c"),
          at: fc.integer({ min: 0, max: 60 * second }),
          late: fc.oneof(
            fc.integer({ min: 0, max: 12 * second }),
            fc.integer({ min: 0, max: 100 * second }),
          ),
        }),
        { maxLength: 60 },
      ),
      fc.integer({ min: 1, max: 10 }),
      fc.array(fc.boolean(), { maxLength: 60 }),
      async (drawn, pageSize, failures) => {
        const events = [
          ...new Map(
            drawn.map(({ stream, at, late }) => {
              const event = logEvent(stream, at, late);
              return [event.id, event];
            }),
          ).values(),
        ];
        const shown = await followAll({ events, pageSize, failures });
        assert.deepEqual(
          shown.toSorted(),
          events.map(({ id }) => id).toSorted(),
        );
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("a container whose clock is ahead hides nobody else's events", async () => {
  const ahead = { ...logEvent("a", 3_600 * second), ingestedAt: 2 * second };
  const events = [ahead, logEvent("b", 5 * second), logEvent("b", 30 * second)];
  const shown = await followAll({ events, pageSize: 10, failures: [] });
  assert.deepEqual(shown, events.map(({ id }) => id));
});

Deno.test("what was shown before following is not shown again", async () => {
  const old = logEvent("a", 5 * second);
  const fresh = logEvent("a", 6 * second);
  const logs = fakeLogs([old, fresh], { streams: batch.streams });
  const shown: string[] = [];
  const follower = followStreams(logs, batch, {
    start: 0,
    seen: new Map([[old.id, old.at]]),
    show(page) {
      shown.push(...page.map(({ id }) => id));
      return Promise.resolve();
    },
    now: () => logs.now,
  });
  await follower.look();
  assert.deepEqual(shown, [fresh.id]);
});

Deno.test("followers that become one show nothing twice", async () => {
  const events = [
    logEvent("a", 10 * second),
    logEvent("b", 290 * second),
    logEvent("a", 300 * second),
  ];
  const logs = fakeLogs(events, { streams: ["a", "b"] });
  const shown: string[] = [];
  let clock = 0;
  const now = () => clock += 1_000;
  const show = (page: readonly { readonly id: string }[]) => {
    shown.push(...page.map(({ id }) => id));
    return Promise.resolve();
  };
  const one = followStreams(logs, { ...batch, streams: ["a"] }, {
    start: 0,
    show,
    now,
  });
  const two = followStreams(logs, { ...batch, streams: ["b"] }, {
    start: 0,
    show,
    now,
  });
  await one.look();
  await two.look();
  assert.ok(one.hasRoom(99) && !one.hasRoom(100));
  one.takeOn(two);
  for (let i = 0; i < 25; i++) await one.look();
  assert.deepEqual(shown.toSorted(), events.map(({ id }) => id).toSorted());
  one.drop(["a"]);
  assert.deepEqual(one.batch.streams, ["b"]);
});

Deno.test("a look that is refused halfway goes on there, and one of too many events, too", async () => {
  const events = Array.from(
    { length: 300 },
    (_, i) => logEvent("a", i * 100),
  );
  const logs = fakeLogs(events, { streams: batch.streams, pageSize: 10 });
  const shown: string[] = [];
  const follower = followStreams(logs, batch, {
    start: 0,
    show(page) {
      shown.push(...page.map(({ id }) => id));
      return Promise.resolve();
    },
    now: () => 0,
  });
  // Every fifth answer: none of the thirty pages' looks would ever come to its end.
  let calls = 0;
  logs.refuse = () => ++calls % 5 === 0;
  for (let looks = 1; follower.isBehind || looks === 1; looks++) {
    assert.ok(looks < 20);
    await follower.look().catch((error) =>
      assert.equal(error.code, "throttled")
    );
  }
  assert.deepEqual(shown, events.map(({ id }) => id));
  const froms = logs.queries.map(({ from }) => from);
  assert.deepEqual(froms, froms.toSorted((a, b) => a - b));
});
