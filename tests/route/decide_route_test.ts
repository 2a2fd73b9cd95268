import assert from "node:assert/strict";
import type { Container, Task } from "../../src/access/access.ts";
import { PortholeError } from "../../src/errors.ts";
import { decideRoute } from "../../src/route/decide_route.ts";

const CONTAINER: Container = {
  name: "web",
  runtimeId: "r-1",
  status: "RUNNING",
  agent: { status: "RUNNING" },
};
const TASK: Task = {
  id: "0123456789abcdef0123456789abcdef",
  arn: "arn:aws:ecs:us-east-1:1:task/default/0123456789abcdef0123456789abcdef",
  clusterArn: "arn:aws:ecs:us-east-1:1:cluster/default",
  status: "RUNNING",
  desiredStatus: "RUNNING",
  launchType: "FARGATE",
  taskDefinitionArn: "arn:aws:ecs:us-east-1:1:task-definition/web:1",
  executeCommandEnabled: true,
  containers: [CONTAINER],
};

function decide(task: Partial<Task>, container: Partial<Container> = {}) {
  return decideRoute({
    cluster: "default",
    task: { ...TASK, ...task },
    container: { ...CONTAINER, ...container },
    notes: [],
  });
}

function refusal(
  task: Partial<Task>,
  container: Partial<Container> = {},
): PortholeError {
  try {
    decide(task, container);
  } catch (error) {
    if (error instanceof PortholeError) return error;
  }
  throw new Error("it was not refused");
}

Deno.test("a task with execute-command goes through ECS Exec", () => {
  assert.equal(decide({}).kind, "ecs_exec");
});

Deno.test("without it a Fargate task is refused in the documented words", () => {
  const error = refusal({ executeCommandEnabled: false });
  assert.equal(error.code, "exec_not_enabled");
  assert.equal(
    error.message,
    "cannot exec into Fargate task without ECS Exec enabled; set ECSExec=Yes on the rack and redeploy",
  );
});

Deno.test("without it a task on an instance is told that Docker exec is not built yet", () => {
  const error = refusal({ executeCommandEnabled: false, launchType: "EC2" });
  assert.equal(error.code, "exec_not_enabled");
  assert.match(error.message, /Docker exec is not built yet/);
});

Deno.test("an agent that has stopped is an error with its reason", () => {
  const error = refusal({}, {
    agent: { status: "STOPPED", reason: "it crashed" },
  });
  assert.equal(error.code, "agent_not_running");
  assert.match(error.message, /is STOPPED \(it crashed\)/);
});

Deno.test("an agent that is starting is no obstacle", () => {
  assert.equal(decide({}, { agent: { status: "PENDING" } }).kind, "ecs_exec");
});

Deno.test("a container that tells of no agent is left for AWS to judge", () => {
  const { agent: _, ...container } = CONTAINER;
  assert.equal(
    decideRoute({ cluster: "c", task: TASK, container, notes: [] }).kind,
    "ecs_exec",
  );
});
