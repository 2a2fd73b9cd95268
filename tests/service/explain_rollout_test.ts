import assert from "node:assert/strict";
import {
  describeTaskEnd,
  explainRollout,
  type RolloutStory,
} from "../../src/service/explain_rollout.ts";
import { container } from "../target/fake_access.ts";
import { deployment, execTask, GOAL, look, NEW, OLD } from "./fake_service.ts";

const SINCE = new Date("2023-01-01T00:00:00Z");
const after = (seconds: number) => new Date(SINCE.getTime() + seconds * 1000);
const EXITED = {
  stoppedReason: "Essential container in task exited",
  containers: [{ ...container("app", "STOPPED"), exitCode: 1 }],
};
const STORY: Omit<RolloutStory, "state"> = {
  look: look([execTask("old", undefined), execTask("new", "PENDING")], {
    desired: 2,
    events: [
      {
        id: "6",
        at: after(6),
        message: "(service web) has started 1 tasks: (task new).",
      },
      { id: "5", at: after(5), message: "fifth" },
      { id: "4", at: after(4), message: "fourth" },
      { id: "3", at: after(3), message: "third" },
      { id: "2", at: after(2), message: "second" },
      { id: "1", at: after(-1), message: "before" },
    ],
  }),
  goal: GOAL,
  limitMs: 90_000,
  since: SINCE,
  stopped: [],
  causes: [],
};

function explain(
  state: RolloutStory["state"],
  parts: Partial<RolloutStory> = {},
) {
  const error = explainRollout({ ...STORY, state, ...parts });
  return { ...error, message: error.message, hints: error.hint?.split("\n") };
}

Deno.test("a failed deployment: the reason, the rollback, what stopped, the events, what remains, the way back", () => {
  const stopped = ["a", "b", "c", "d"].map((id) =>
    execTask(id, "STOPPED", EXITED)
  );
  const { code, message, hints } = explain({
    kind: "failed",
    because: "ECS deployment circuit breaker: tasks failed to start.",
    rollback: deployment("ecs-svc/3"),
  }, { stopped });
  assert.equal(code, "deployment_failed");
  assert.equal(
    message,
    `Cannot turn on ECS Exec for service "web": deployment ${NEW} failed (ECS deployment circuit breaker: tasks failed to start)`,
  );
  assert.deepEqual(
    hints?.map((line) => line.replace(/ \d\d:\d\d:/, " HH:MM:")),
    [
      "ECS rolls back: deployment ecs-svc/3, task definition web:7",
      'tasks a, b, c and 1 more stopped: Essential container in task exited ("app" exited with 1)',
      "event HH:MM:03: third",
      "event HH:MM:04: fourth",
      "event HH:MM:05: fifth",
      "task old remains as before; 1 of 2 desired has ECS Exec",
      "to go back: porthole disable-exec main/web",
    ],
  );
});

Deno.test("a deployment that failed and stays needs more than going back", () => {
  const { hints } = explain({ kind: "failed", because: "no" }, {
    look: look([execTask("new", "RUNNING")], {
      deployments: [
        deployment(NEW, { rolloutState: "FAILED" }),
        deployment(OLD),
      ],
    }),
  });
  assert.deepEqual(hints, [
    "every remaining task has ECS Exec (1)",
    "to go back: porthole disable-exec main/web, or a deployment of a task definition that starts",
  ]);
});

Deno.test("an event from before the deployment is not its own", () => {
  const [first] = STORY.look.service.events.slice(-1);
  const { hints } = explain({ kind: "timed_out" }, {
    look: look([], {
      events: [{ id: "0", at: SINCE, message: "at its start" }, first!],
    }),
  });
  assert.deepEqual(
    hints?.filter((line) => line.startsWith("event "))
      .map((line) => line.replace(/^.*: /, "")),
    ["at its start"],
  );
});

Deno.test("a limit that is over ends the following alone", () => {
  const { code, message, hints, link } = explain({ kind: "timed_out" }, {
    causes: ["the agent of x is PENDING"],
    goal: { ...GOAL, enable: false },
  });
  assert.equal(code, "timed_out");
  assert.match(message, /did not finish within 1m30s$/);
  assert.equal(hints?.[0], "the agent of x is PENDING");
  assert.ok(
    hints?.includes("task new remains as before; 1 of 2 desired has none"),
  );
  assert.match(
    hints?.at(-2) ?? "",
    /continues: porthole disable-exec main\/web follows it again; --timeout/,
  );
  assert.equal(hints?.at(-1), "to go back: porthole enable-exec main/web");
  assert.match(link ?? "", /service-event-messages/);
});

Deno.test("agents that have stopped are told of with their causes", () => {
  const { code, message, hints, link } = explain({
    kind: "agents_stopped",
    tasks: [execTask("new", "STOPPED")],
  }, { causes: ["it crashed"] });
  assert.equal(code, "agent_not_running");
  assert.match(
    message,
    /completed, but the ECS Exec agent of task new is STOPPED$/,
  );
  assert.equal(hints?.[0], "it crashed");
  assert.match(link ?? "", /ecs-exec-troubleshooting/);
});

Deno.test("a task's end: its reason, its containers', or that there is none", () => {
  assert.equal(
    describeTaskEnd(execTask("x", "STOPPED", { containers: [] })),
    "no reason was given",
  );
  assert.equal(
    describeTaskEnd(execTask("x", "STOPPED", {
      stoppedReason: "Task failed to start",
      containers: [{
        ...container("app", "STOPPED"),
        reason: "CannotPullContainerError: no such image",
      }],
    })),
    'Task failed to start ("app": CannotPullContainerError: no such image)',
  );
});
