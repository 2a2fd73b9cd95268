import assert from "node:assert/strict";
import { readTail } from "../../src/logs/read_tail.ts";
import { fakeLogs, logEvent } from "./fake_logs.ts";

const hour = 3_600_000;
const now = 100 * hour;
const batches = [
  { region: "eu-west-1", group: "g", streams: ["a"] },
  { region: "eu-west-1", group: "h", streams: ["b"] },
];

Deno.test("the last lines are found, however far back they are", async () => {
  const events = [0, 1, 2, 50, 99].map((at) => logEvent("a", at * hour));
  const logs = fakeLogs([...events, logEvent("b", 98 * hour)]);
  const tail = await readTail(logs, batches, {
    window: { from: 0 },
    lines: 4,
    now,
    wants: () => true,
  });
  assert.deepEqual(tail.events.map(({ at }) => at / hour), [2, 50, 98, 99]);
  for (const { from } of logs.queries) assert.ok(from >= 0);
});

Deno.test("no more is read than is needed, and what was read is known", async () => {
  const events = Array.from({ length: 30 }, (_, i) => logEvent("a", now - i));
  const logs = fakeLogs([...events, logEvent("a", 0)], { streams: ["a", "b"] });
  const tail = await readTail(logs, batches, {
    window: { from: 0 },
    lines: 2,
    now,
    wants: ({ at }) => at % 2 === 0,
  });
  assert.deepEqual(tail.events.map(({ at }) => at), [now - 2, now]);
  assert.equal(tail.seen.size, 30);
  assert.ok(tail.from > 0);
});

Deno.test("fewer lines than were asked for are all there is", async () => {
  const logs = fakeLogs([logEvent("a", 5)], { streams: ["a", "b"] });
  const tail = await readTail(logs, batches, {
    window: { from: 0 },
    lines: 10,
    now,
    wants: () => true,
  });
  assert.equal(tail.events.length, 1);
});

Deno.test("only what a follower can find again is remembered, however much was read", async () => {
  const events = [
    ...Array.from({ length: 50 }, (_, i) => logEvent("a", i * hour)),
    logEvent("b", now - 30_000),
  ];
  const logs = fakeLogs(events, { streams: ["a", "b"] });
  const tail = await readTail(logs, batches, {
    window: { from: 0 },
    lines: 40,
    now,
    wants: () => true,
  });
  assert.equal(tail.events.length, 40);
  assert.deepEqual([...tail.seen.keys()], [`b-${now - 30_000}`]);
  assert.equal(tail.from, now - 120_000);
});
