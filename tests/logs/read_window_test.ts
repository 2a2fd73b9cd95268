import assert from "node:assert/strict";
import type { LogEvent } from "../../src/access/access.ts";
import {
  batchStreams,
  mergePages,
  readWindow,
} from "../../src/logs/read_window.ts";
import { fakeLogs, logEvent } from "./fake_logs.ts";

const where = { region: "eu-west-1", group: "/ecs/web" };

function stream(name: string, group = where.group) {
  return { ...where, group, name, taskId: name, container: "web" };
}

async function collect(
  pages: AsyncGenerator<readonly LogEvent[]>,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const page of pages) ids.push(...page.map(({ id }) => id));
  return ids;
}

Deno.test("streams are asked for by group, a hundred at a time", () => {
  const streams = [
    ...Array.from({ length: 201 }, (_, i) => stream(`s${i}`)),
    stream("other", "/ecs/other"),
    stream("s0"),
  ];
  const batches = batchStreams(streams);
  assert.deepEqual(
    batches.map(({ group, streams }) => [group, streams.length]),
    [["/ecs/web", 100], ["/ecs/web", 100], ["/ecs/web", 1], ["/ecs/other", 1]],
  );
});

Deno.test("a window is read to its last page, and not beyond its ends", async () => {
  const events = Array.from({ length: 20 }, (_, i) => logEvent("a", i));
  const logs = fakeLogs(events);
  const ids = await collect(
    readWindow(logs, { ...where, streams: ["a"] }, { from: 2, until: 11 }),
  );
  assert.deepEqual(ids, events.slice(2, 12).map(({ id }) => id));
});

Deno.test("streams that are not there keep nobody else's events back", async () => {
  const events = Array.from({ length: 12 }, (_, i) => logEvent(`s${i % 3}`, i));
  const logs = fakeLogs(events);
  const streams = ["x", "s0", "y", "s1", "z", "s2"];
  const ids = await collect(
    readWindow(logs, { ...where, streams }, { from: 0 }),
  );
  assert.deepEqual(ids, events.map(({ id }) => id));
  assert.deepEqual(
    await collect(readWindow(logs, { ...where, streams: ["x"] }, { from: 0 })),
    [],
  );
});

Deno.test("an answer that leads back to itself is an error", async () => {
  const logs = {
    filterLogEvents: () => Promise.resolve({ events: [], next: "again" }),
  };
  await assert.rejects(
    collect(readWindow(logs, { ...where, streams: ["a"] }, { from: 0 })),
    { code: "aws_refused" },
  );
});

Deno.test("several places come in one order of time, none is left out", async () => {
  const places = [[0, 3, 3, 9], [1, 2, 4], [], [5, 6, 7, 8]];
  const logs = places.map((times, i) =>
    fakeLogs(
      times.map((at, j) => ({
        ...logEvent(`p${i}`, at),
        id: `${at}/${i}/${j}`,
      })),
      {
        streams: [`p${i}`],
        pageSize: 2,
      },
    )
  );
  const ids = await collect(mergePages(
    logs.map((one, i) =>
      readWindow(one, { ...where, streams: [`p${i}`] }, { from: 0 })
    ),
  ));
  assert.equal(ids.length, 11);
  const times = ids.map((id) => Number(id.split("/")[0]));
  assert.deepEqual(times, times.toSorted((a, b) => a - b));
});

Deno.test("a stream that is deleted between two pages ends there, without an error", async () => {
  const streams = ["a"];
  const logs = fakeLogs(
    Array.from({ length: 7 }, (_, i) => logEvent("a", i)),
    { streams },
  );
  const pages = readWindow(logs, { ...where, streams: ["a"] }, { from: 0 });
  assert.equal((await pages.next()).value?.length, 3);
  streams.pop();
  assert.equal((await pages.next()).done, true);
});

Deno.test("a stream that is deleted between two pages takes nothing of the others with it", async () => {
  const streams = ["a", "b", "c"];
  // Several events of one time, also across the end of a page.
  const events = Array.from({ length: 18 }, (_, i) => ({
    ...logEvent(streams[i % 3]!, Math.floor((i + 1) / 4)),
    id: String(i).padStart(2, "0"),
  }));
  for (const when of [1, 2, 3, 4]) {
    const there = [...streams];
    const logs = fakeLogs(events, { streams: there });
    const read: LogEvent[] = [];
    let pages = 0;
    const all = readWindow(logs, { ...where, streams }, { from: 0 });
    for await (const page of all) {
      assert(page.length > 0);
      read.push(...page);
      if (++pages === when) there.splice(there.indexOf("b"), 1);
      if (pages === when + 1 && when === 1) there.splice(0, 1);
    }
    const kept = events.filter(({ stream }) => there.includes(stream));
    const ids = read.map(({ id }) => id);
    assert.deepEqual(
      kept.filter(({ id }) => !ids.includes(id)),
      [],
      `deleted after page ${when}`,
    );
    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(read, read.toSorted((a, b) => a.at - b.at));
  }
});

Deno.test("a stream that is deleted again and again is an error in the end", async () => {
  let calls = 0;
  const logs = {
    filterLogEvents: (_: unknown, next?: string) => {
      calls++;
      return Promise.resolve(
        next === undefined
          ? { events: [logEvent("a", 5)], next: "more" }
          : undefined,
      );
    },
  };
  await assert.rejects(
    collect(readWindow(logs, { ...where, streams: ["a", "b"] }, { from: 0 })),
    { code: "aws_refused" },
  );
  assert.equal(calls, 6);
});
