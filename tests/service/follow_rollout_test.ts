import assert from "node:assert/strict";
import type { Service, Task } from "../../src/access/access.ts";
import { PortholeError } from "../../src/errors.ts";
import { followRollout } from "../../src/service/follow_rollout.ts";
import type { RolloutLook } from "../../src/service/judge_rollout.ts";
import { deployment, execTask, GOAL, look, NEW } from "./fake_service.ts";

const GOING = look([], {
  deployments: [deployment(NEW, { rolloutState: "IN_PROGRESS" })],
});
const DONE = look([execTask("new", "RUNNING")]);
const THROTTLED = new PortholeError("throttled", "Cannot look: too many");

/** Follows with a clock of its own; the last look is seen for ever. */
async function follow(
  looks: readonly (RolloutLook | Error)[],
  limitMs = 600_000,
) {
  let time = 0;
  let at = 0;
  const waits: number[] = [];
  const followed: string[] = [];
  let showing = false;
  const next = () => looks[Math.min(at, looks.length - 1)] ?? GOING;
  const result = await followRollout(GOAL, {
    cluster: "main",
    service: "web",
    access: {
      describeService: (): Promise<Service> => {
        const now = next();
        return now instanceof Error
          ? Promise.reject(now)
          : Promise.resolve(now.service);
      },
      listTasks: (): Promise<readonly Task[]> => {
        const now = next();
        at++;
        return Promise.resolve(now instanceof Error ? [] : now.tasks);
      },
    },
    limitMs,
    async onLook(_, { deployment: { id } }) {
      followed.push(id);
      showing = true;
      await null;
      showing = false;
    },
    deps: {
      now: () => new Date(time),
      sleep: (ms) => {
        assert.equal(showing, false, "a look is shown before the next one");
        waits.push(ms);
        time += ms;
        return Promise.resolve();
      },
    },
  }).catch((error: unknown) => error as Error);
  return { result, waits, followed, time };
}

function kindOf(result: Awaited<ReturnType<typeof follow>>["result"]): string {
  assert.ok(!(result instanceof Error), String(result));
  return result.state.kind;
}

Deno.test("followRollout looks until it is done, less and less often", async () => {
  const { result, waits } = await follow([...Array(9).fill(GOING), DONE]);
  assert.equal(kindOf(result), "done");
  assert.deepEqual(waits.slice(0, 3), [500, 750, 1125]);
  assert.deepEqual(waits.slice(-2), [5_000, 5_000]);
});

Deno.test("followRollout gives up at its limit, and looks once more there", async () => {
  const { result, time } = await follow([GOING], 3_000);
  assert.equal(kindOf(result), "timed_out");
  assert.equal(time, 3_000);
  const unlimited = await follow([...Array(999).fill(GOING), DONE], 0);
  assert.equal(kindOf(unlimited.result), "done");
});

Deno.test("followRollout follows who has replaced it", async () => {
  const createdAt = new Date("2023-01-02T00:00:00Z");
  const other = look([execTask("new", "RUNNING")], {
    deployments: [deployment("ecs-svc/9", { createdAt })],
  });
  const { result, followed } = await follow([GOING, other]);
  assert.equal(kindOf(result), "done");
  assert.deepEqual(followed, [NEW, "ecs-svc/9", "ecs-svc/9"]);
});

Deno.test("followRollout lets a few looks fail, but not for ever, and not for any reason", async () => {
  const fails = Array(5).fill(THROTTLED);
  const { result } = await follow([...fails, GOING, ...fails, DONE]);
  assert.equal(kindOf(result), "done");
  assert.equal((await follow([THROTTLED])).result, THROTTLED);
  const denied = new PortholeError("access_denied", "Cannot look: no");
  const { result: refused, waits } = await follow([GOING, denied]);
  assert.equal(refused, denied);
  assert.equal(waits.length, 1);
});
