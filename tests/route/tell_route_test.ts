import assert from "node:assert/strict";
import type { Container, Task } from "../../src/access/access.ts";
import type { RouteSettings } from "../../src/route/read_route_settings.ts";
import { tellRoute } from "../../src/route/tell_route.ts";
import { container, task } from "../target/fake_access.ts";

const AUTO: RouteSettings = {
  via: { value: "auto", source: { kind: "default" } },
  ecsExec: undefined,
  generation: undefined,
  throughSessionManager: false,
};

function tell(
  fields: Partial<Task>,
  parts: Partial<Container> = {},
  settings: Partial<RouteSettings> = {},
): string {
  const { kind, because } = tellRoute(
    task("t1", { launchType: "FARGATE", ...fields }),
    { ...container("app"), agent: { status: "RUNNING" }, ...parts },
    { ...AUTO, ...settings },
  );
  return `${kind}: ${because}`;
}

Deno.test("the route is the one that exec would take", () => {
  assert.equal(tell({}), "ecs_exec: the task was started with ECS Exec");
  assert.equal(
    tell({ launchType: "EC2", executeCommandEnabled: false }),
    "docker: the task was started without ECS Exec",
  );
  assert.equal(
    tell({ launchType: "EC2" }, {}, {
      via: { value: "docker", source: { kind: "flag", name: "--via" } },
    }),
    "docker: --via is docker",
  );
});

Deno.test("an agent that is starting is waited for, and that is said", () => {
  assert.equal(
    tell({}, { agent: { status: "PENDING" } }),
    "ecs_exec: the task was started with ECS Exec; porthole waits for its agent, which is PENDING",
  );
});

Deno.test("where there is no route its reason stands alone, without the refusal around it", () => {
  assert.equal(
    tell({ executeCommandEnabled: false }),
    "none: Fargate task without ECS Exec enabled",
  );
  assert.equal(
    tell({}, { agent: { status: "STOPPED", reason: "out of memory: killed" } }),
    "none: its ECS Exec agent is STOPPED (out of memory: killed)",
  );
  assert.equal(
    tell({}, {}, {
      via: { value: "docker", source: { kind: "flag", name: "--via" } },
    }),
    "none: no Docker daemon is reachable on FARGATE",
  );
});

Deno.test("nobody gets into what does not run", () => {
  assert.equal(tell({ status: "PENDING" }), "none: the task is PENDING");
  assert.equal(
    tell({}, { status: "STOPPED" }),
    "none: the container is STOPPED",
  );
});
