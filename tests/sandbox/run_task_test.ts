import assert from "node:assert/strict";
import { ECS, type RunTaskCommandInput } from "@aws-sdk/client-ecs";
import { makeSdkConfig } from "./channel_client.ts";
import { findProcessesOf } from "./kill_processes.ts";
import type { Sandbox } from "./sandbox.ts";
import { defaultOptions, type SandboxOptions } from "./sandbox_options.ts";
import { startSandbox } from "./start_sandbox.ts";

async function withApi(
  options: Partial<SandboxOptions>,
  body: (ecs: ECS, sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox(options);
  const ecs = new ECS(makeSdkConfig(sandbox));
  try {
    await body(ecs, sandbox);
  } finally {
    ecs.destroy();
    await sandbox.close();
    assert.deepEqual(findProcessesOf(sandbox.directory), []);
  }
}

const request = {
  taskDefinition: "worker",
  launchType: "FARGATE",
  networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"] } },
} as const satisfies RunTaskCommandInput;

function override(
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Pick<RunTaskCommandInput, "overrides"> {
  return {
    overrides: {
      containerOverrides: [{
        name: "worker",
        command: [...command],
        environment: Object.entries(environment)
          .map(([name, value]) => ({ name, value })),
      }],
    },
  };
}

/** The states of the only task there is. */
function statesOf(sandbox: Sandbox): readonly string[] {
  return sandbox.taskChanges().map(({ status }) => status);
}

async function describeOnly(ecs: ECS, sandbox: Sandbox) {
  const [{ taskId = "" } = {}] = sandbox.taskChanges();
  const { tasks } = await ecs.describeTasks({ tasks: [taskId] });
  return tasks?.[0];
}

Deno.test("a task is PROVISIONING, PENDING, RUNNING, and STOPPED when its process has ended", () =>
  withApi({}, async (ecs, sandbox) => {
    const file = `${sandbox.directory}/said`;
    const { tasks, failures } = await ecs.runTask({
      ...request,
      ...override(["sh", "-c", `echo $SAY >${file}; exit 3`], { SAY: "hi" }),
      startedBy: "me",
      tags: [{ key: "a", value: "b" }],
    });
    assert.deepEqual(failures, []);
    assert.equal(tasks?.[0]?.lastStatus, "PROVISIONING");
    assert.equal(tasks?.[0]?.containers?.[0]?.runtimeId, undefined);
    await sandbox.waitFor((one) => statesOf(one).includes("STOPPED"));
    assert.deepEqual(statesOf(sandbox), [
      "PROVISIONING",
      "PENDING",
      "RUNNING",
      "STOPPED",
    ]);
    const task = await describeOnly(ecs, sandbox);
    assert.equal(await Deno.readTextFile(file), "hi\n");
    assert.equal(task?.stopCode, "EssentialContainerExited");
    assert.equal(task?.stoppedReason, "Essential container in task exited");
    assert.equal(task?.containers?.[0]?.exitCode, 3);
    assert.equal(task?.group, "family:worker");
    assert.equal(task?.startedBy, "me");
    assert.deepEqual(task?.tags, [{ key: "a", value: "b" }]);
    const stopped = await ecs.listTasks({
      startedBy: "me",
      desiredStatus: "STOPPED",
    });
    assert.equal(stopped.taskArns?.length, 1);
    assert.deepEqual((await ecs.listTasks({ startedBy: "me" })).taskArns, []);
  }));

Deno.test("StopTask ends the process with TERM, and with KILL where TERM is not heeded", async () => {
  for (
    const [script, exitCode] of [
      ['sleep 60 & p=$!; trap "kill $p; exit 0" TERM; wait', 0],
      ['trap "" TERM; sleep 60; sleep 60', 137],
    ] as const
  ) {
    await withApi({
      runTask: { ...defaultOptions.runTask, stopTimeoutMs: 50 },
    }, async (ecs, sandbox) => {
      await ecs.runTask({ ...request, ...override(["sh", "-c", script]) });
      await sandbox.waitFor((one) => statesOf(one).includes("RUNNING"));
      // The shell has to have set its trap.
      await new Promise((resolve) => setTimeout(resolve, 200));
      const { taskArn } = await describeOnly(ecs, sandbox) ?? {};
      const { task } = await ecs.stopTask({ task: taskArn, reason: "enough" });
      assert.equal(task?.desiredStatus, "STOPPED");
      await sandbox.waitFor((one) => statesOf(one).includes("STOPPED"));
      const after = await describeOnly(ecs, sandbox);
      assert.equal(after?.stopCode, "UserInitiated");
      assert.equal(after?.stoppedReason, "enough");
      assert.equal(after?.containers?.[0]?.exitCode, exitCode);
    });
  }
});

Deno.test("a task that is stopped before it runs never runs", () =>
  withApi({
    runTask: { ...defaultOptions.runTask, pullMs: Infinity },
  }, async (ecs, sandbox) => {
    await ecs.runTask(request);
    await sandbox.waitFor((one) => statesOf(one).includes("PENDING"));
    const { taskArn } = await describeOnly(ecs, sandbox) ?? {};
    await ecs.stopTask({ task: taskArn });
    assert.deepEqual(statesOf(sandbox), ["PROVISIONING", "PENDING", "STOPPED"]);
    const task = await describeOnly(ecs, sandbox);
    assert.equal(task?.stoppedReason, "Task stopped by user");
    assert.equal(task?.containers?.[0]?.exitCode, undefined);
    await assert.rejects(ecs.stopTask({ task: "0".repeat(32) }), {
      name: "InvalidParameterException",
      message: "The referenced task was not found.",
    });
  }));

Deno.test("tasks that do not start say why", async () => {
  const reason = "CannotPullContainerError: not found";
  await withApi({
    runTask: { ...defaultOptions.runTask, stoppedReason: reason },
  }, async (ecs, sandbox) => {
    await ecs.runTask(request);
    await sandbox.waitFor((one) => statesOf(one).includes("STOPPED"));
    const task = await describeOnly(ecs, sandbox);
    assert.deepEqual([task?.stopCode, task?.stoppedReason], [
      "TaskFailedToStart",
      reason,
    ]);
  });
  await withApi({}, async (ecs, sandbox) => {
    await ecs.runTask({ ...request, ...override(["no-such-program"]) });
    await sandbox.waitFor((one) => statesOf(one).includes("STOPPED"));
    const task = await describeOnly(ecs, sandbox);
    assert.equal(task?.stoppedReason, "Task failed to start");
    assert.match(
      task?.containers?.[0]?.reason ?? "",
      /^CannotStartContainerError: .*"no-such-program": executable file not found/,
    );
  });
});

Deno.test("an entry point gets the command, and a registered definition's takes its place", () =>
  withApi({
    runTask: {
      ...defaultOptions.runTask,
      entryPoints: { worker: ["sh", "-c", "exit 5"] },
    },
  }, async (ecs, sandbox) => {
    await ecs.runTask({ ...request, ...override(["sleep", "60"]) });
    await sandbox.waitFor((one) => statesOf(one).includes("STOPPED"));
    const task = await describeOnly(ecs, sandbox);
    assert.equal(task?.containers?.[0]?.exitCode, 5);

    const { taskDefinition } = await ecs.registerTaskDefinition({
      family: "copy",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      containerDefinitions: [{
        name: "app",
        image: "x",
        entryPoint: ["sh", "-c", "exit 6"],
      }],
    });
    const copy = taskDefinition?.taskDefinitionArn ?? "";
    await ecs.runTask({ ...request, taskDefinition: copy });
    await sandbox.waitFor((one) =>
      statesOf(one).filter((status) => status === "STOPPED").length === 2
    );
    const { taskId = "" } = sandbox.taskChanges().at(-1) ?? {};
    const { tasks } = await ecs.describeTasks({ tasks: [taskId] });
    assert.equal(tasks?.[0]?.containers?.[0]?.exitCode, 6);
    await ecs.deregisterTaskDefinition({ taskDefinition: copy });
    await assert.rejects(ecs.runTask({ ...request, taskDefinition: copy }), {
      message: "TaskDefinition is inactive",
    });
  }));

Deno.test("a client token starts once, and not something else", () =>
  withApi({}, async (ecs, sandbox) => {
    const once = { ...request, clientToken: "abc" };
    const first = await ecs.runTask(once);
    const second = await ecs.runTask(once);
    assert.equal(second.tasks?.[0]?.taskArn, first.tasks?.[0]?.taskArn);
    await assert.rejects(ecs.runTask({ ...once, count: 2 }), {
      name: "ConflictException",
    });
    const ids = new Set(sandbox.taskChanges().map(({ taskId }) => taskId));
    assert.equal(ids.size, 1);
  }));

Deno.test("RunTask refuses what ECS refuses", () =>
  withApi({ deny: ["iam:PassRole"] }, async (ecs) => {
    const refusals: readonly (readonly [
      Partial<RunTaskCommandInput>,
      name: string,
      message: RegExp,
    ])[] = [
      [{}, "AccessDeniedException", /iam:PassRole on resource: .*:role\//],
      [{ taskDefinition: "nope" }, "ClientException", /not found/],
      [{ count: 11 }, "InvalidParameterException", /count/],
      [
        { networkConfiguration: undefined },
        "InvalidParameterException",
        /must be provided when networkMode 'awsvpc'/,
      ],
      [
        { capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT" }] },
        "InvalidParameterException",
        /both a launch type and capacity provider strategy/,
      ],
      [{ launchType: "EC2" }, "InvalidParameterException", /launch_type EC2/],
      [{ startedBy: "a b" }, "InvalidParameterException", /startedBy/],
      [
        { tags: [{ key: "aws:x", value: "" }] },
        "InvalidParameterException",
        /aws:/,
      ],
      [{ propagateTags: "SERVICE" }, "InvalidParameterException", /SERVICE/],
      [
        { overrides: { containerOverrides: [{ name: "nope" }] } },
        "InvalidParameterException",
        /container named nope is not a container/,
      ],
      [
        override(["x".repeat(9000)]),
        "InvalidParameterException",
        /at most 8192/,
      ],
    ];
    for (const [change, name, message] of refusals) {
      await assert.rejects(ecs.runTask({ ...request, ...change }), {
        name,
        message,
      });
    }
  }));

Deno.test("failures stand in the place of tasks", () =>
  withApi({
    runTask: {
      ...defaultOptions.runTask,
      failures: [{ reason: "RESOURCE:MEMORY" }],
    },
  }, async (ecs) => {
    const { tasks, failures } = await ecs.runTask({ ...request, count: 2 });
    assert.equal(tasks?.length, 1);
    assert.deepEqual(failures, [{ reason: "RESOURCE:MEMORY" }]);
  }));
