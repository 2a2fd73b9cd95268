import assert from "node:assert/strict";
import type { LogEvent, LogPage } from "../../../src/access/access.ts";
import { followLogs } from "../../../src/commands/logs/follow_logs.ts";
import { createStreamFinder } from "../../../src/commands/logs/gather_logs.ts";
import { PortholeError } from "../../../src/errors.ts";
import type { Log } from "../../../src/log.ts";
import { seedRandom } from "../../sandbox/seeded_random.ts";
import { fakeAccess, task } from "../../target/fake_access.ts";

const isLong = Deno.env.get("PORTHOLE_TEST_LONG") === "1";
const SEED = Number(Deno.env.get("PORTHOLE_TEST_SEED") ?? Date.now() % 1e6);
const TASKS = 20;
const A_SECOND = 50;
/** So long lines are written. */
const WRITING_MS = isLong ? 300_000 : 30_000;
const LATEST_MS = isLong ? 100_000 : 40_000;
const PAGE = 1_000;

/** What the tasks write: most lines come in after some seconds, some are late, a few very. */
function makeEvents(random: () => number): readonly LogEvent[] {
  const events: LogEvent[] = [];
  for (let number = 0; number < WRITING_MS / 1_000 * A_SECOND; number++) {
    for (let of = 0; of < TASKS; of++) {
      const at = Math.floor((number + random()) * 1_000 / A_SECOND);
      const luck = random();
      const late = luck < 0.002 ? LATEST_MS : luck < 0.05 ? 12_000 : 2_500;
      events.push({
        id: `${of}-${number}`,
        stream: `ecs/app/t${of}`,
        at,
        ingestedAt: at + Math.floor(random() * late),
        message: `line ${number}`,
      });
    }
  }
  return events.sort((a, b) => a.at - b.at);
}

Deno.test(`twenty tasks at fifty lines a second each, late and throttled: none is lost, none doubled, seed ${SEED}`, async () => {
  const random = seedRandom(SEED, "logs");
  const events = makeEvents(random);
  let now = 0;
  let calls = 0;
  let refused = 0;
  const tasks = Array.from({ length: TASKS }, (_, of) => task(`t${of}`));
  const streams = tasks.map(({ id }) => ({
    region: "us-east-1",
    group: "g",
    name: `ecs/app/${id}`,
    taskId: id,
    container: "app",
  }));
  const access = fakeAccess({
    tasks,
    filterLogEvents({ from, streams }, next): Promise<LogPage> {
      assert.equal(streams.length, TASKS);
      calls++;
      // An answer takes its time, and more comes in meanwhile.
      now += 40 + Math.floor(random() * 100);
      // Of a look with many pages one is nearly always refused.
      if (random() < 0.15) {
        refused++;
        return Promise.reject(
          new PortholeError("throttled", { cannot: "read", because: "busy" }),
        );
      }
      const page: LogEvent[] = [];
      let at = next === undefined
        ? events.findIndex((event) => event.at >= from)
        : Number(next);
      if (at < 0) at = events.length;
      for (; at < events.length && page.length < PAGE; at++) {
        const event = events[at]!;
        if (event.at > now) break;
        if (event.ingestedAt <= now) page.push(event);
      }
      const isLast = page.length < PAGE;
      return Promise.resolve(
        isLast ? { events: page } : { events: page, next: `${at}` },
      );
    },
  });
  const shown = new Map<string, number>();
  const end = WRITING_MS + LATEST_MS + 90_000;
  const over = new Error("enough");
  const following = followLogs({}, {
    tasks: tasks.map((one) => ({
      task: one,
      taskDefinitionArn: one.taskDefinitionArn,
    })),
    streams,
    place: { cluster: "main", service: "web" },
    start: { from: 0, seen: new Map() },
  }, {
    access,
    finder: createStreamFinder(access, undefined),
    printer: {
      add() {},
      show(page) {
        for (const { id } of page) shown.set(id, (shown.get(id) ?? 0) + 1);
        return Promise.resolve();
      },
      isEmpty: () => false,
    },
    deps: {
      now: () => new Date(now),
      sleep(ms) {
        now += ms;
        return now < end ? Promise.resolve() : Promise.reject(over);
      },
    },
    log: SILENT,
  });
  await assert.rejects(following, over);
  assert.deepEqual(
    [...shown].filter(([, times]) => times > 1),
    [],
    "shown twice",
  );
  assert.deepEqual(
    events.filter(({ id }) => !shown.has(id)).slice(0, 10),
    [],
    "lost",
  );
  assert.equal(shown.size, WRITING_MS / 1_000 * A_SECOND * TASKS);
  assert.ok(refused > 0 && calls > refused);
});

const SILENT: Log = {
  debug() {},
  info() {},
  warn() {},
  withPrefix: () => SILENT,
  hush() {},
  isQuiet: () => false,
};
