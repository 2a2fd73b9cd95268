import assert from "node:assert/strict";
import type { Task } from "../../../src/access/access.ts";
import { followLogs } from "../../../src/commands/logs/follow_logs.ts";
import type { GatheredTask } from "../../../src/commands/logs/gather_logs.ts";
import { PortholeError } from "../../../src/errors.ts";
import { recordLog } from "../../exec/fake_log.ts";
import { fakeAccess, task } from "../../target/fake_access.ts";

/** The tasks that ECS knows of after so many seconds. */
type World = (seconds: number) => readonly Task[];

const at = (seconds: number) => new Date(seconds * 1_000);
const runs = (id: string, since: number) =>
  task(id, { createdAt: at(since), startedAt: at(since) });
const stopped = (id: string, since: number, end: number) => ({
  ...runs(id, since),
  status: "STOPPED",
  desiredStatus: "STOPPED",
  stoppedAt: at(end),
  stoppedReason: "Scaling",
});

/** Follows for so many seconds what a service's tasks write, or one of them; "left" where it did not end by itself. */
async function follow(
  world: World,
  seconds: number,
  { selector, refuse = () => undefined, noContainer = [], refuseOnce }: {
    readonly selector?: { readonly kind: "id"; readonly id: string };
    /** What AWS refuses a look with. */
    readonly refuse?: (seconds: number) => Error | undefined;
    /** Tasks without the container that is asked for. */
    readonly noContainer?: readonly string[];
    /** What AWS refuses the first look at a new task's definition with. */
    readonly refuseOnce?: Error;
  } = {},
) {
  let now = 0;
  const clock = () => now / 1_000;
  const { log, said } = recordLog();
  const asked: string[] = [];
  const streamOf = ({ id }: { readonly id: string }) => ({
    region: "us-east-1",
    group: "g",
    name: `s/${id}`,
    taskId: id,
    container: "app",
  });
  const first = world(0);
  const access = fakeAccess({
    listTasks: (_cluster, _service, status) =>
      Promise.resolve(
        world(clock()).filter(({ desiredStatus }) => desiredStatus === status),
      ),
    describeTask: (_cluster, id) =>
      Promise.resolve(world(clock()).find((one) => one.id === id)),
    filterLogEvents({ streams, from }) {
      const error = refuse(clock());
      if (error !== undefined) return Promise.reject(error);
      asked.push(`${clock()}: ${streams.join(" ")} from ${from / 1_000}`);
      return Promise.resolve({ events: [] });
    },
  });
  const added: string[] = [];
  let refusal = refuseOnce;
  const gather = (one: Task): GatheredTask => ({
    task: one,
    taskDefinitionArn: "web:1",
  });
  const following = followLogs(
    selector === undefined ? {} : { task: selector },
    {
      tasks: first.map(gather),
      streams: first.map(streamOf),
      place: { cluster: "main", service: "web" },
      start: { from: 0, seen: new Map() },
    },
    {
      access,
      finder: {
        find: ({ task: { id } }) => {
          if (refusal !== undefined) {
            const error = refusal;
            refusal = undefined;
            return Promise.reject(error);
          }
          return noContainer.includes(id)
            ? Promise.reject(
              new PortholeError("container_not_found", `none in ${id}`),
            )
            : Promise.resolve([streamOf({ id })]);
        },
        unreadable: [],
      },
      printer: {
        add: (streams) => added.push(...streams.map(({ name }) => name)),
        show: () => Promise.resolve(),
        isEmpty: () => false,
      },
      deps: {
        now: () => new Date(now),
        sleep(ms) {
          now += ms;
          return clock() > seconds
            ? Promise.reject(new Error("left"))
            : Promise.resolve();
        },
      },
      log,
    },
  );
  const end = await following.then(() => "ended", (error) => error.message);
  return { end, said, asked, added, seconds: clock() };
}

/** When a task's stream was asked for last. */
const lastOf = (asked: readonly string[], id: string) =>
  Number(
    asked.findLast((line) => line.includes(`s/${id} `))?.split(":")[0],
  );

Deno.test("tasks that start are followed from their start, and others are not taken for new ones", async () => {
  const { end, said, asked, added } = await follow((seconds) =>
    [
      runs("1", -100),
      stopped("old", -100, -5),
      ...(seconds < 15 ? [] : [runs("2", 12)]),
      task("3", { createdAt: at(5), startedAt: undefined as never }),
    ].filter(({ id }) => seconds > 0 || id === "1"), 25);
  assert.equal(end, "left");
  assert.deepEqual(added, ["s/2"]);
  assert.deepEqual(said, [
    "info: Task 2 has started: its logs are shown, too",
  ]);
  const first = asked.find((line) => line.includes("s/2"));
  assert.equal(first, "21: s/2 from 12");
});

Deno.test("a task that has stopped is followed for half a minute, and is no new one after that", async () => {
  const { said, asked, end } = await follow(
    (seconds) => [
      runs("1", -100),
      seconds < 9 ? runs("2", -100) : stopped("2", -100, 8),
    ],
    90,
  );
  assert.equal(end, "left");
  assert.deepEqual(said, ["info: Task 2 has stopped: Scaling"]);
  assert.equal(lastOf(asked, "1"), 90);
  assert.equal(lastOf(asked, "2"), 40);
});

Deno.test("following one task ends with it, half a minute later", async () => {
  const { end, seconds, said } = await follow(
    (seconds) => [seconds < 9 ? runs("1", -100) : stopped("1", -100, 8)],
    300,
    { selector: { kind: "id", id: "1" } },
  );
  assert.equal(end, "ended");
  assert.equal(seconds, 40);
  assert.deepEqual(said, ["info: Task 1 has stopped: Scaling"]);
});

Deno.test("what passes is told when it begins and when it is over; what does not ends the following", async () => {
  const busy = new PortholeError("throttled", "busy");
  const outages = await follow(() => [runs("1", 0)], 12, {
    refuse: (seconds) => [2, 3, 6].includes(seconds) ? busy : undefined,
  });
  assert.deepEqual(outages.said, [
    "warn: busy; trying again",
    "info: Logs can be read again: nothing was left out",
    "warn: busy; trying again",
    "info: Logs can be read again: nothing was left out",
  ]);
  const denied = await follow(() => [runs("1", 0)], 12, {
    refuse: (seconds) =>
      seconds === 4 ? new PortholeError("access_denied", "no") : undefined,
  });
  assert.deepEqual([denied.end, denied.seconds], ["no", 4]);
});

Deno.test("a new task without the container that is asked for is warned of once, and the others go on", async () => {
  const { end, said, asked } = await follow(
    (seconds) => [runs("1", -100), ...(seconds < 5 ? [] : [runs("2", 4)])],
    35,
    { noContainer: ["2"] },
  );
  assert.equal(end, "left");
  assert.deepEqual(said, ["warn: none in 2"]);
  assert.equal(lastOf(asked, "1"), 35);
});

Deno.test("a new task that cannot be looked at yet is taken on at the next search", async () => {
  const { said, added } = await follow(
    (seconds) => [runs("1", -100), ...(seconds < 5 ? [] : [runs("2", 4)])],
    25,
    { refuseOnce: new PortholeError("throttled", "busy") },
  );
  assert.deepEqual(added, ["s/2"]);
  assert.deepEqual(said, [
    "warn: busy; trying again",
    "info: Logs can be read again: nothing was left out",
    "info: Task 2 has started: its logs are shown, too",
  ]);
});
