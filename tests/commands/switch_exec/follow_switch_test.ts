import assert from "node:assert/strict";
import type { Service, Task } from "../../../src/access/access.ts";
import { CancelledBySignal } from "../../../src/cancelled_by_signal.ts";
import { followSwitch } from "../../../src/commands/switch_exec/follow_switch.ts";
import type { SwitchedService } from "../../../src/commands/switch_exec/switched_service.ts";
import { PortholeError } from "../../../src/errors.ts";
import type { RolloutLook } from "../../../src/service/judge_rollout.ts";
import { recordLog } from "../../exec/fake_log.ts";
import {
  deployment,
  execTask,
  GOAL,
  look,
  NEW,
} from "../../service/fake_service.ts";
import { container, fakeAccess } from "../../target/fake_access.ts";

const START = Date.parse("2023-01-01T00:00:00Z");

/** Follows a deployment over these looks, the last one for ever; `stopped` are its tasks that have stopped. */
async function follow(
  looks: readonly (RolloutLook | Error)[],
  { stopped = [], timeoutMs = 0, cancel, silentFrom }: {
    readonly stopped?: readonly Task[];
    readonly timeoutMs?: number;
    /** Comes after the first look. */
    readonly cancel?: CancelledBySignal;
    /** From this look on AWS does not answer. */
    readonly silentFrom?: number;
  } = {},
) {
  const { log, said } = recordLog();
  const cancelled = Promise.withResolvers<never>();
  cancelled.promise.catch(() => {});
  let isLeft = false;
  let at = 0;
  let now = START;
  const silence: { ms: number; end: () => void }[] = [];
  const seen = (): Promise<RolloutLook> => {
    const next = looks[Math.min(at, looks.length - 1)]!;
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  };
  const access = fakeAccess({
    async describeService(): Promise<Service> {
      if (silentFrom !== undefined && at >= silentFrom) {
        // Only the clock of the limit goes on.
        setTimeout(() => silence.forEach(({ end }) => end()));
        return await new Promise<never>(() => {});
      }
      const { service } = await seen();
      if (cancel !== undefined && at > 0) {
        isLeft = true;
        cancelled.reject(cancel);
      }
      return service;
    },
    async listTasks(_cluster, _service, status) {
      if (status === "STOPPED") return stopped;
      const { tasks } = await seen().finally(() => at++);
      return tasks;
    },
  });
  const place = {
    invocation: { enable: true, shared: { logFormat: "text" } },
    config: { timeoutMs: { value: timeoutMs } },
    access,
    cluster: "main",
    service: "web",
    log,
    cancellation: {
      orCancelled: (work: Promise<unknown>) =>
        Promise.race([cancelled.promise, work]),
      isCancelled: () => false,
      deps: {
        now: () => new Date(now),
        sleep(ms: number, signal?: AbortSignal) {
          if (signal !== undefined) {
            return new Promise<void>((end) => silence.push({ ms, end }));
          }
          now += ms;
          return isLeft ? new Promise<void>(() => {}) : Promise.resolve();
        },
        env: () => undefined,
        stderr: { isTerminal: false },
      },
    },
    learn: () => {},
  } as unknown as SwitchedService;
  const end = await followSwitch(place, GOAL).catch((error) => error);
  return { end, said, limits: silence.map(({ ms }) => ms) };
}

const going = (failed: number, id = NEW) =>
  look([], {
    deployments: [
      deployment(id, {
        rolloutState: "IN_PROGRESS",
        failed,
        createdAt: new Date(id === NEW ? START : START + 60_000),
      }),
    ],
  });
const DONE = look([execTask("new", "RUNNING")]);

/** A task of the deployment that has stopped after so many seconds. */
const ended = (id: string, seconds: number, reason: string, by = NEW) =>
  execTask(id, "STOPPED", {
    status: "STOPPED",
    startedBy: by,
    stoppedAt: new Date(START + seconds * 1_000),
    stoppedReason: reason,
    containers: [],
  });

Deno.test("each reason why tasks of the deployment stop is told once, the last one of each look", async () => {
  const { end, said } = await follow([going(1), going(2), going(3), DONE], {
    stopped: [
      ended("early", 1, "too early"),
      ended("late", 9, "no memory"),
      ended("spare", 20, "Scaling activity initiated by deployment 1"),
      ended("other", 30, "another deployment's", "ecs-svc/9"),
    ],
  });
  assert.deepEqual(end, DONE);
  assert.deepEqual(said.filter((line) => line.startsWith("warn")), [
    "warn: Task late stopped: no memory",
  ]);
});

Deno.test("a service that is deployed again is followed there, and its failures counted anew", async () => {
  const { said } = await follow([
    going(2),
    going(0, "ecs-svc/9"),
    going(1, "ecs-svc/9"),
    going(1, "ecs-svc/9"),
    look([execTask("new", "RUNNING")], {
      deployments: [
        deployment("ecs-svc/9", { createdAt: new Date(START + 60_000) }),
      ],
    }),
  ], {
    stopped: [
      ended("a", 1, "no memory"),
      ended("b", 2, "no image", "ecs-svc/9"),
    ],
  });
  assert.deepEqual(said.filter((line) => line.startsWith("warn")), [
    "warn: Task a stopped: no memory",
    "warn: The service was deployed again; now following deployment ecs-svc/9",
    "warn: Task b stopped: no image",
  ]);
});

Deno.test("agents that have stopped beside others that run are warned of", async () => {
  const side = { ...container("side"), agent: { status: "STOPPED" } };
  const [app] = execTask("new", "RUNNING").containers;
  const { said } = await follow([
    look([execTask("new", "RUNNING", { containers: [app!, side] })]),
  ]);
  assert.match(said.join("\n"), /^warn: .*agent is STOPPED in "side"$/m);
});

Deno.test("an end of the following is none of the deployment, and says so", async () => {
  const signal = new CancelledBySignal("SIGINT");
  const left = await follow([going(0)], { cancel: signal });
  assert.equal(left.end, signal);
  assert.match(
    left.said.join("\n"),
    /^warn: Stopped following; deployment ecs-svc\/2 continues: porthole enable-exec main\/web follows it again$/m,
  );
  const denied = new PortholeError("access_denied", "no");
  const refused = await follow([going(0), denied]);
  assert.equal(refused.end.code, "access_denied");
  assert.match(refused.end.hint, /deployment ecs-svc\/2 continues/);
  const gone = new PortholeError("service_not_found", "gone");
  assert.equal((await follow([gone])).end, gone);
});

Deno.test("the last look of a limit has some seconds more, and none without a limit", async () => {
  const late = await follow([going(0)], { timeoutMs: 60_000, silentFrom: 1 });
  assert.equal(late.end.code, "timed_out");
  assert.deepEqual(late.limits, [70_000]);
  assert.deepEqual((await follow([DONE])).limits, []);
});
