import assert from "node:assert/strict";
import {
  decideSwitch,
  type SwitchDecision,
} from "../../src/service/decide_switch.ts";
import type { RolloutLook } from "../../src/service/judge_rollout.ts";
import { deployment, execTask, look, NEW, OLD } from "./fake_service.ts";

const RUNS = execTask("new", "RUNNING");
const WITHOUT = execTask("old", undefined);
const STOPPED = execTask("bad", "STOPPED");
const OFF = { executeCommandEnabled: false };
const PRIMARY = deployment(NEW, { rolloutState: "IN_PROGRESS" });
const ROLLBACK = deployment(NEW, {
  rolloutState: "IN_PROGRESS",
  rolloutStateReason: "ECS deployment circuit breaker: rolling back to x",
});
const UNDER_WAY = {
  deployments: [PRIMARY, deployment(OLD, { status: "ACTIVE" })],
};

const CASES:
  readonly (readonly [string, RolloutLook, boolean, SwitchDecision])[] = [
    ["on, and every task has it", look([RUNS]), true, { kind: "already" }],
    ["on, without tasks", look([]), true, { kind: "already" }],
    ["off, and no task has it", look([WITHOUT], OFF), false, {
      kind: "already",
    }],
    ["off, to be on", look([WITHOUT], OFF), true, {
      kind: "update",
      lacking: [WITHOUT],
    }],
    ["off without tasks, to be on", look([], OFF), true, {
      kind: "update",
      lacking: [],
    }],
    ["off though a task has it, to be on", look([RUNS], OFF), true, {
      kind: "update",
      lacking: [],
    }],
    ["on, but a task predates it", look([RUNS, WITHOUT]), true, {
      kind: "update",
      lacking: [WITHOUT],
    }],
    ["on, but an agent has stopped", look([RUNS, STOPPED]), true, {
      kind: "update",
      lacking: [STOPPED],
    }],
    ["on, and an agent is starting", look([execTask("new", "PENDING")]), true, {
      kind: "under_way",
      deployment: deployment(NEW),
    }],
    [
      "on, and a deployment replaces the rest",
      look([RUNS, WITHOUT], UNDER_WAY),
      true,
      {
        kind: "under_way",
        deployment: PRIMARY,
      },
    ],
    [
      "on, and a deployment has tasks without it",
      look([
        { ...WITHOUT, startedBy: NEW },
      ], UNDER_WAY),
      true,
      {
        kind: "update",
        lacking: [{ ...WITHOUT, startedBy: NEW }],
      },
    ],
    [
      "on, and a deployment is rolled back",
      look([WITHOUT], { deployments: [ROLLBACK] }),
      true,
      { kind: "update", lacking: [WITHOUT] },
    ],
    ["on, to be off", look([RUNS, WITHOUT]), false, {
      kind: "update",
      lacking: [RUNS],
    }],
  ];

for (const [name, seen, enable, plan] of CASES) {
  Deno.test(`decideSwitch: ${name}`, () =>
    assert.deepEqual(decideSwitch(seen, enable), plan));
}
