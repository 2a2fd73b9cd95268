import assert from "node:assert/strict";
import { PortholeError } from "../../src/errors.ts";
import { expectUsageError, parse } from "./parse.ts";

const ID = "0123456789abcdef0123456789abcdef";

function parseTasks(
  words: readonly string[],
  variables?: Readonly<Record<string, string>>,
) {
  const invocation = parse(["tasks", ...words], variables);
  assert.equal(invocation.kind, "tasks");
  return invocation as Extract<typeof invocation, { kind: "tasks" }>;
}

Deno.test("tasks alone is a table of what the settings name", () => {
  const { all, output, taskId, shared } = parseTasks([]);
  assert.deepEqual([all, output, taskId], [false, "table", undefined]);
  assert.deepEqual([shared.cluster, shared.service], [undefined, undefined]);
});

Deno.test("tasks takes a service, cluster/service or a task as TARGET", () => {
  const { shared } = parseTasks(["prod/web", "--all", "-o", "tsv"]);
  assert.equal(shared.cluster?.value, "prod");
  assert.equal(shared.service?.value, "web");
  const { taskId, shared: at } = parseTasks([
    `arn:aws:ecs:eu-west-1:123456789012:task/prod/${ID}`,
  ]);
  assert.equal(taskId, ID);
  assert.equal(at.cluster?.value, "prod");
  assert.equal(at.region?.value, "eu-west-1");
  assert.equal(at.service, undefined);
});

Deno.test("tasks takes what decides the route, from flags and variables", () => {
  const { via, ecsExec } = parseTasks(["--ecs-exec", "no"], {
    PORTHOLE_VIA: "docker",
  });
  assert.equal(via?.value, "docker");
  assert.equal(ecsExec?.value, "No");
});

Deno.test("tasks -A leaves out the service of a variable, not one that was typed", () => {
  for (const flag of ["-A", "--all-services"]) {
    const { allServices, shared } = parseTasks([flag, "--cluster", "prod"], {
      PORTHOLE_SERVICE: "web",
    });
    assert.equal(allServices, true);
    assert.equal(shared.cluster?.value, "prod");
  }
  assert.equal(parseTasks([]).allServices, false);
  expectUsageError(["tasks", "-A", "web"], 'TARGET "web"', "--cluster");
  expectUsageError(["tasks", "-A", "--service", "web"], '--service "web"');
  expectUsageError(["tasks", "-A", ID], "a task as TARGET");
  expectUsageError(["status", "-A"], '"tasks"');
});

Deno.test("tasks CLUSTER/ is the whole cluster", () => {
  const { allServices, shared } = parseTasks(["prod/"], {
    PORTHOLE_SERVICE: "web",
  });
  assert.equal(allServices, true);
  assert.equal(shared.cluster?.value, "prod");
  expectUsageError(["tasks", "prod/", "--service", "web"], '--service "web"');
  expectUsageError(["status", "prod/"], "as TARGET");
});

Deno.test("an empty service names the ways to be rid of one", () => {
  for (const words of [["--service", ""], ["--service="], ["--service", " "]]) {
    expectUsageError(
      ["tasks", ...words],
      '"--service": its value is empty',
      "--all-services",
    );
    expectUsageError(["exec", ...words], "its value is empty", "--config none");
  }
});

Deno.test("ten slips of tasks", () => {
  expectUsageError(["tasks", "web", "db"], '"db"', "");
  expectUsageError(["tasks", "web", "--", "ls"], '"--"');
  expectUsageError(["tasks", "a/b/c"], '"a/b/c"', "TARGET");
  // No flag that the verb does not take is named.
  assert.throws(
    () => parse(["tasks", ""]),
    (error) =>
      error instanceof PortholeError &&
      error.message.startsWith("Cannot use an empty TARGET") &&
      !error.hint?.includes("--task-id"),
  );
  expectUsageError(["tasks", "-o", "text"], "{table|wide|json|tsv}");
  expectUsageError(["tasks", "-o", "jsn"], '"jsn"', '"json"');
  expectUsageError(["tasks", "-o"], "value is missing");
  expectUsageError(["tasks", "--events", "3"], 'it is a flag of "status"');
  expectUsageError(["tasks", "--all=maybe"], "neither true nor false");
  expectUsageError(
    ["tasks", "web", "--service", "db"],
    "they name different services",
  );
});

Deno.test("tasks are filtered by several things, and watched", () => {
  const { filters, watch, output } = parseTasks([
    "web",
    "--watch",
    "-o",
    "wide",
    "--filter",
    "unhealthy",
    "--filter=ip=10.0.1.2",
    "--filter",
    "tag=team=a=b",
  ]);
  assert.deepEqual(filters, [
    { kind: "unhealthy" },
    { kind: "ip", ip: "10.0.1.2" },
    { kind: "tag", key: "team", value: "a=b" },
  ]);
  assert.deepEqual([watch, output], [true, "wide"]);
  for (
    const filter of [
      "healthy",
      "ip=",
      "ip=ten",
      "ip=abc",
      "ip=10.0.1.256",
      "ip=10.0.1.2,10.0.1.3",
      "tag=",
      "tag=x",
      "tag==x",
      "x=y",
    ]
  ) {
    expectUsageError(["tasks", "--filter", filter], "it is not a filter");
  }
});
