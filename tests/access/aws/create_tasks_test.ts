import assert from "node:assert/strict";
import type { StartRequest } from "../../../src/access/access.ts";
import { PortholeError } from "../../../src/errors.ts";
import { refuse } from "../../aws/api_server.ts";
import { withAccess } from "../with_access.ts";

const REQUEST: StartRequest = {
  cluster: "main",
  taskDefinitionArn: "arn:aws:ecs:us-east-1:1:task-definition/web:7",
  count: 2,
  launchType: "FARGATE",
  capacityProviderStrategy: [],
  platformVersion: "1.4.0",
  network: { subnets: ["s-1"], securityGroups: ["g-1"], assignPublicIp: true },
  executeCommand: true,
  overrides: {
    cpu: "512",
    containerOverrides: [{ name: "a", command: ["x"] }],
  },
  tags: [{ key: "a", value: "" }],
  propagateTags: true,
  startedBy: "porthole-1",
  clientToken: "token",
};

Deno.test("RunTask is sent all that was decided, and both halves of its answer come back", async () => {
  const [asked, strategy] = await withAccess({
    RunTask: () => ({
      tasks: [{ taskArn: "arn:aws:ecs:us-east-1:1:task/main/1" }],
      failures: [{ reason: "AGENT" }],
    }),
  }, async (access) => {
    const { tasks, failures } = await access.startTasks(REQUEST);
    assert.deepEqual(tasks.map(({ id }) => id), ["1"]);
    assert.deepEqual(failures, [{ reason: "AGENT" }]);
    await access.startTasks({
      ...REQUEST,
      capacityProviderStrategy: [{ name: "SPOT", weight: 1, base: 0 }],
      tags: [],
      propagateTags: false,
    });
  });
  assert.deepEqual(asked?.input, {
    cluster: "main",
    taskDefinition: REQUEST.taskDefinitionArn,
    count: 2,
    launchType: "FARGATE",
    platformVersion: "1.4.0",
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: ["s-1"],
        securityGroups: ["g-1"],
        assignPublicIp: "ENABLED",
      },
    },
    enableExecuteCommand: true,
    overrides: {
      cpu: "512",
      containerOverrides: [{ name: "a", command: ["x"] }],
    },
    tags: [{ key: "a", value: "" }],
    propagateTags: "TASK_DEFINITION",
    startedBy: "porthole-1",
    clientToken: "token",
  });
  assert.equal(strategy?.input.launchType, undefined);
  assert.deepEqual(strategy?.input.capacityProviderStrategy, [
    { capacityProvider: "SPOT", weight: 1, base: 0 },
  ]);
  assert(!("tags" in strategy.input) && !("propagateTags" in strategy.input));
});

Deno.test("a task that is gone counts as stopped; any other refusal is one", async () => {
  await withAccess({
    StopTask: ({ input }) =>
      refuse(
        "InvalidParameterException",
        input.task === "gone"
          ? "The referenced task was not found."
          : "Something else.",
      ),
  }, async (access) => {
    await access.stopTask("main", "gone", "done");
    await assert.rejects(
      access.stopTask("main", "1", "done"),
      (error) =>
        error instanceof PortholeError &&
        error.message ===
          "Cannot stop task 1: InvalidParameterException: Something else",
    );
  });
});

Deno.test("a copy of a task definition has all that can be registered, and another entry point", async () => {
  const [, register] = await withAccess({
    DescribeTaskDefinition: () => ({
      taskDefinition: {
        taskDefinitionArn: REQUEST.taskDefinitionArn,
        family: "web",
        revision: 7,
        status: "ACTIVE",
        compatibilities: ["FARGATE"],
        requiresAttributes: [{ name: "x" }],
        registeredAt: 1,
        registeredBy: "arn:me",
        taskRoleArn: "arn:role",
        networkMode: "awsvpc",
        cpu: "256",
        containerDefinitions: [
          {
            name: "app",
            image: "i",
            entryPoint: ["/start"],
            command: ["serve"],
            secrets: [{ name: "S", valueFrom: "arn:parameter" }],
          },
          { name: "proxy", image: "p", command: ["go"] },
        ],
      },
      tags: [{ key: "a", value: "b" }],
    }),
    RegisterTaskDefinition: () => ({
      taskDefinition: { taskDefinitionArn: "arn:copy:1" },
    }),
  }, async (access) => {
    assert.equal(
      await access.copyTaskDefinition({
        taskDefinitionArn: REQUEST.taskDefinitionArn,
        family: "copy",
        container: "app",
        entryPoint: ["sh", "-c", "x"],
        tags: true,
      }),
      "arn:copy:1",
    );
  });
  assert.deepEqual(register?.input, {
    family: "copy",
    taskRoleArn: "arn:role",
    networkMode: "awsvpc",
    cpu: "256",
    containerDefinitions: [
      {
        name: "app",
        image: "i",
        entryPoint: ["sh", "-c", "x"],
        command: [],
        secrets: [{ name: "S", valueFrom: "arn:parameter" }],
      },
      { name: "proxy", image: "p", command: ["go"] },
    ],
    tags: [{ key: "a", value: "b" }],
  });
});

Deno.test("what RunTask quotes of variables and commands is not shown", async () => {
  const request: StartRequest = {
    ...REQUEST,
    overrides: {
      containerOverrides: [{
        name: "a",
        command: ["psql", "--password=hunter2"],
        environment: [{ name: "TOKEN", value: 'line one\n"two"' }, {
          name: "N",
          value: "7",
        }],
      }],
    },
  };
  await withAccess({
    RunTask: () =>
      refuse(
        "InvalidParameterException",
        `Override is bad: ${JSON.stringify(request.overrides)}, at 7 of 77`,
      ),
  }, async (access) => {
    const error = await access.startTasks(request).catch((thrown) => thrown);
    assert(error instanceof PortholeError);
    const said = `${error.message} ${error.hint} ${error.stack}`;
    for (const secret of ["hunter2", "line one", "two", "psql"]) {
      assert(!said.includes(secret), said);
    }
    assert.match(error.message, /at … of 77$/);
  });
});
