import assert from "node:assert/strict";
import {
  countProgress,
  judgeRollout,
  needsReplacement,
  readAgents,
  type RolloutLook,
  type RolloutState,
} from "../../src/service/judge_rollout.ts";
import { container, task } from "../target/fake_access.ts";
import { deployment, execTask, GOAL, look, NEW, OLD } from "./fake_service.ts";

const RUNS = execTask("new", "RUNNING");
const WAITS = execTask("new", "PENDING");
const STARTS = execTask("new", "PENDING", { status: "PENDING" });
const WITHOUT = execTask("old", undefined);
const UNDER_WAY = {
  deployments: [
    deployment(NEW, { rolloutState: "IN_PROGRESS", running: 0 }),
    deployment(OLD, { status: "ACTIVE" }),
  ],
};
const LATER = new Date("2023-01-01T00:05:00Z");
const EARLIER = new Date("2022-12-31T00:00:00Z");

const CASES: readonly (readonly [string, RolloutLook, RolloutState])[] = [
  ["completed, and its agent runs", look([RUNS]), { kind: "done" }],
  ["in progress", look([RUNS], UNDER_WAY), { kind: "going" }],
  ["completed, its agent PENDING", look([WAITS]), { kind: "going" }],
  ["completed, a task not listed yet", look([]), { kind: "going" }],
  ["completed, an old task listed still", look([RUNS, WITHOUT]), {
    kind: "going",
  }],
  ["completed, scaled out just now", look([RUNS, STARTS], { desired: 2 }), {
    kind: "going",
  }],
  ["completed without any task", look([], { desired: 0 }), { kind: "done" }],
  [
    "completed, its agent STOPPED",
    look([execTask("new", "STOPPED")]),
    { kind: "agents_stopped", tasks: [execTask("new", "STOPPED")] },
  ],
  ["a service that is deleted", look([RUNS], { status: "DRAINING" }), {
    kind: "failed",
    because: "the service is DRAINING",
  }],
  [
    "failed, and left so",
    look([WITHOUT], {
      deployments: [
        deployment(NEW, { rolloutState: "FAILED", rolloutStateReason: "no." }),
      ],
    }),
    { kind: "failed", because: "no." },
  ],
  [
    "failed, and rolled back",
    look([WITHOUT], {
      deployments: [
        deployment("ecs-svc/3"),
        deployment(NEW, { status: "ACTIVE", rolloutState: "FAILED" }),
      ],
    }),
    {
      kind: "failed",
      because: "its rollout state is FAILED",
      rollback: deployment("ecs-svc/3"),
    },
  ],
  [
    "forgotten, and rolling back to one that is older",
    look([WITHOUT], {
      deployments: [deployment(OLD, {
        createdAt: EARLIER,
        rolloutState: "IN_PROGRESS",
        rolloutStateReason: "ECS deployment circuit breaker: rolling back to x",
      })],
    }),
    {
      kind: "failed",
      because: "ECS deployment circuit breaker: rolling back to x",
      rollback: deployment(OLD, {
        createdAt: EARLIER,
        rolloutState: "IN_PROGRESS",
        rolloutStateReason: "ECS deployment circuit breaker: rolling back to x",
      }),
    },
  ],
  [
    "forgotten and rolled back, but for the events",
    look([WITHOUT], {
      deployments: [deployment("ecs-svc/3", { createdAt: LATER })],
      events: [{
        id: "1",
        at: LATER,
        message:
          `(service web) (deployment ${NEW}) deployment failed: tasks failed to start.`,
      }],
    }),
    {
      kind: "failed",
      because: "tasks failed to start.",
      rollback: deployment("ecs-svc/3", { createdAt: LATER }),
    },
  ],
  [
    "replaced by somebody else's",
    look([RUNS], {
      deployments: [deployment("ecs-svc/3", { createdAt: LATER })],
    }),
    {
      kind: "replaced",
      by: deployment("ecs-svc/3", { createdAt: LATER }),
    },
  ],
  [
    "not reported yet",
    look([WITHOUT], { deployments: [deployment(OLD, { createdAt: EARLIER })] }),
    { kind: "going" },
  ],
  ["of a service that tells none", look([RUNS], { deployments: [] }), {
    kind: "going",
  }],
];

for (const [name, seen, state] of CASES) {
  Deno.test(`judgeRollout: ${name}`, () =>
    assert.deepEqual(judgeRollout(seen, GOAL), state));
}

Deno.test("judgeRollout without a rollout state goes by the counts", () => {
  const { rolloutState: _, ...plain } = deployment(NEW);
  const states = [
    [plain],
    [plain, deployment(OLD, { status: "ACTIVE" })],
    [{ ...plain, pending: 1 }],
    [{ ...plain, running: 0 }],
  ].map((deployments) =>
    judgeRollout(look([RUNS], { deployments }), GOAL).kind
  );
  assert.deepEqual(states, ["done", "going", "going", "going"]);
});

Deno.test("judgeRollout of turning it off asks for no agent", () => {
  const goal = { ...GOAL, enable: false };
  assert.equal(judgeRollout(look([WITHOUT]), goal).kind, "done");
  assert.equal(judgeRollout(look([RUNS]), goal).kind, "going");
});

Deno.test("readAgents takes the containers that run together", () => {
  const read = (
    ...agents: readonly (readonly [status: string, agent?: string])[]
  ) =>
    readAgents(task("0", {
      containers: agents.map(([status, agent], index) => ({
        ...container(`c${index}`, status),
        ...(agent === undefined ? {} : { agent: { status: agent } }),
      })),
    }));
  assert.equal(read(["RUNNING", "RUNNING"], ["RUNNING", "PENDING"]), "PENDING");
  assert.equal(read(["RUNNING", "RUNNING"], ["RUNNING", "STOPPED"]), "RUNNING");
  assert.equal(read(["RUNNING", "RUNNING"], ["STOPPED", "STOPPED"]), "RUNNING");
  assert.equal(read(["RUNNING", "STOPPED"], ["STOPPED"]), "STOPPED");
  // One that ended before its agent ran.
  assert.equal(read(["RUNNING", "RUNNING"], ["STOPPED", "PENDING"]), "RUNNING");
  assert.equal(read(["RUNNING", "STOPPED"], ["STOPPED", "RUNNING"]), "STOPPED");
  assert.equal(read(["RUNNING"]), "PENDING");
  assert.equal(read(["PENDING", "PENDING"]), "PENDING");
});

Deno.test("needsReplacement: started otherwise, or an agent that has stopped", () => {
  assert.equal(needsReplacement(WITHOUT, true), true);
  assert.equal(needsReplacement(WITHOUT, false), false);
  assert.equal(needsReplacement(execTask("x", "STOPPED"), true), true);
  assert.equal(needsReplacement(execTask("x", "STOPPED"), false), true);
  assert.equal(needsReplacement(WAITS, true), false);
  assert.equal(needsReplacement(STARTS, true), false);
});

Deno.test("countProgress tells apart what runs, waits, starts, is old and has failed", () => {
  const seen = look([RUNS, WAITS, STARTS, WITHOUT], {
    desired: 3,
    deployments: [
      deployment(NEW, { failed: 4 }),
      deployment(OLD, { status: "ACTIVE", running: 2 }),
    ],
  });
  const counts = { desired: 3, starting: 1, left: 2, failed: 4 };
  assert.deepEqual(countProgress(seen, GOAL), {
    ...counts,
    ready: 1,
    waiting: 1,
  });
  assert.deepEqual(countProgress(seen, { ...GOAL, enable: false }), {
    ...counts,
    starting: 0,
    ready: 1,
    waiting: 0,
  });
});
