import assert from "node:assert/strict";
import {
  explainFailures,
  explainNoStart,
} from "../../src/task/explain_start.ts";
import { container, task } from "../target/fake_access.ts";

Deno.test("failures are told in words, each kind once", () => {
  const error = explainFailures([
    { reason: "RESOURCE:PORTS", detail: "8080" },
    { reason: "RESOURCE:PORTS", arn: "arn:aws:ecs:x" },
    { reason: "AGENT" },
  ], 3);
  assert.equal(error.code, "task_not_started");
  assert.match(
    error.message,
    /^Cannot start 3 of 3 tasks: RESOURCE:PORTS \(one of its host ports is in use on every container instance\); AGENT \(the ECS agents .* not connected\)$/,
  );
  assert.equal(error.hint?.split("\n").length, 2);
});

Deno.test("a reason nobody knows is told as it is", () => {
  assert.equal(
    explainFailures([{ reason: "NEW" }], 1).message,
    "Cannot start the task: NEW",
  );
  assert.match(explainFailures([], 1).message, /without a task and without/);
});

Deno.test("what task and container both say is said once", () => {
  const reason = "CannotPullContainerError: no such image";
  const error = explainNoStart(
    "1",
    task("1", {
      status: "STOPPED",
      stoppedReason: reason,
      containers: [{ ...container("app", "STOPPED"), reason }],
    }),
    "app",
  );
  assert.equal(
    error.message,
    `Cannot start task 1: it is STOPPED: container "app": ${reason}`,
  );
  assert.match(error.hint ?? "", /execution role/);
  const ended = { ...container("app", "STOPPED"), exitCode: 1 };
  assert.equal(
    explainNoStart(
      "1",
      task("1", {
        status: "STOPPED",
        stoppedReason: 'container "app" exited with status 1',
        containers: [ended],
      }),
    ).message,
    'Cannot start task 1: it is STOPPED: container "app" exited with status 1',
  );
});

Deno.test("only where the held container has ended an entry point is suspected", () => {
  const ended = (name: string) =>
    explainNoStart(
      "1",
      task("1", {
        status: "STOPPED",
        containers: [{ ...container(name, "STOPPED"), exitCode: 1 }],
      }),
      "app",
    ).hint;
  assert.match(ended("app") ?? "", /--replace-entrypoint/);
  assert.equal(ended("sidecar"), undefined);
});
