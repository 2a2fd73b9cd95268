import assert from "node:assert/strict";
import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  type Service,
  type Task,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
} from "@aws-sdk/client-ecs";
import { makeSdkConfig } from "./channel_client.ts";
import type { SandboxOptions } from "./sandbox_options.ts";
import { startSandbox } from "./start_sandbox.ts";

/** A service of a sandbox, to be deployed and looked at. */
type Watched = {
  update(input: Partial<UpdateServiceCommandInput>): Promise<Service>;
  look(): Promise<Service>;
  /** Looks until the predicate holds. */
  until(predicate: (service: Service) => boolean): Promise<Service>;
  tasks(desiredStatus: "RUNNING" | "STOPPED"): Promise<readonly Task[]>;
};

async function withService(
  service: string,
  options: Partial<SandboxOptions>,
  body: (watched: Watched) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox(options);
  const ecs = new ECSClient(makeSdkConfig(sandbox));
  const look = async () => {
    const { services } = await ecs.send(
      new DescribeServicesCommand({ services: [service] }),
    );
    return services?.[0] ?? assert.fail(`there is no ${service}`);
  };
  try {
    await body({
      update: async (input) =>
        (await ecs.send(new UpdateServiceCommand({ service, ...input })))
          .service ?? assert.fail("no service"),
      look,
      async until(predicate) {
        for (;;) {
          const now = await look();
          if (predicate(now)) return now;
        }
      },
      async tasks(desiredStatus) {
        const { taskArns = [] } = await ecs.send(
          new ListTasksCommand({ serviceName: service, desiredStatus }),
        );
        if (taskArns.length === 0) return [];
        const { tasks = [] } = await ecs.send(
          new DescribeTasksCommand({ tasks: taskArns }),
        );
        return tasks;
      },
    });
  } finally {
    ecs.destroy();
    await sandbox.close();
  }
}

const fast = {
  stepMs: 10,
  tasksStop: false,
  circuitBreaker: "rollback",
} as const;
const on = { enableExecuteCommand: true, forceNewDeployment: true };
const messages = ({ events = [] }: Service) =>
  events.map(({ message }) => message ?? "").toReversed();

Deno.test("a forced deployment replaces every task, which then has ECS Exec", () =>
  withService("legacy", { rollout: fast }, async (legacy) => {
    const [old] = await legacy.tasks("RUNNING");
    assert.equal(old?.enableExecuteCommand, false);
    const before = messages(await legacy.look()).length;
    const updated = await legacy.update(on);
    assert.equal(updated.enableExecuteCommand, true);
    const [primary, active] = updated.deployments ?? [];
    assert.deepEqual(
      [primary?.status, primary?.rolloutState, active?.status],
      ["PRIMARY", "IN_PROGRESS", "ACTIVE"],
    );
    assert.equal(active?.id, old?.startedBy);

    const done = await legacy.until(({ deployments }) =>
      deployments?.[0]?.rolloutState === "COMPLETED"
    );
    assert.equal(done.deployments?.length, 1);
    assert.equal(done.deployments?.[0]?.id, primary?.id);
    const [task, ...others] = await legacy.tasks("RUNNING");
    assert.deepEqual(others, []);
    assert.notEqual(task?.taskArn, old?.taskArn);
    assert.equal(task?.enableExecuteCommand, true);
    assert.equal(task?.startedBy, primary?.id);
    const [stopped] = await legacy.tasks("STOPPED");
    assert.equal(stopped?.taskArn, old?.taskArn);
    assert.equal(stopped?.stopCode, "ServiceSchedulerInitiated");
    assert.match(
      stopped?.stoppedReason ?? "",
      /^Scaling activity initiated by \(deployment ecs-svc\/\d+\)$/,
    );
    const id = (arn = "") => arn.slice(arn.lastIndexOf("/") + 1);
    assert.deepEqual(messages(done).slice(before), [
      `(service legacy) has started 1 tasks: (task ${id(task?.taskArn)}).`,
      `(service legacy) has stopped 1 running tasks: (task ${
        id(old?.taskArn)
      }).`,
      `(service legacy) (deployment ${primary?.id}) deployment completed.`,
      "(service legacy) has reached a steady state.",
    ]);
  }));

for (
  const [agentPendingMs, status] of [[600_000, "PENDING"], [
    0,
    "RUNNING",
  ]] as const
) {
  Deno.test(`the agent of a task that a deployment starts becomes ${status} with ${agentPendingMs} ms to start`, () =>
    withService("legacy", { rollout: fast, agentPendingMs }, async (legacy) => {
      await legacy.update(on);
      await legacy.until(({ deployments }) =>
        deployments?.[0]?.rolloutState === "COMPLETED"
      );
      const [task] = await legacy.tasks("RUNNING");
      const [agent] = task?.containers?.[0]?.managedAgents ?? [];
      assert.equal(agent?.lastStatus, status);
    }));
}

Deno.test("turning it on alone replaces nothing", () =>
  withService("legacy", { rollout: fast }, async (legacy) => {
    const { enableExecuteCommand, deployments } = await legacy.update({
      enableExecuteCommand: true,
    });
    assert.equal(enableExecuteCommand, true);
    assert.equal(deployments?.length, 1);
    assert.equal(
      (await legacy.tasks("RUNNING"))[0]?.enableExecuteCommand,
      false,
    );
  }));

for (
  const [circuitBreaker, state] of [
    ["on", "FAILED"],
    ["rollback", "COMPLETED"],
  ] as const
) {
  Deno.test(`tasks that stop at once open a circuit breaker that is ${circuitBreaker}`, () =>
    withService("legacy", {
      rollout: { ...fast, tasksStop: true, circuitBreaker },
    }, async (legacy) => {
      const [old] = await legacy.tasks("RUNNING");
      const { deployments: [primary] = [] } = await legacy.update(on);
      const end = await legacy.until(({ deployments }) =>
        deployments?.[0]?.rolloutState === state
      );
      const said = messages(end).join("\n");
      assert.match(said, /unable to consistently start tasks/);
      assert.ok(
        said.includes(
          `(deployment ${primary?.id}) deployment failed: tasks failed to start.`,
        ),
      );
      assert.equal(
        said.includes("rolling back"),
        circuitBreaker === "rollback",
      );
      assert.equal(
        end.deployments?.[0]?.id === primary?.id,
        circuitBreaker === "on",
      );
      assert.deepEqual(
        (await legacy.tasks("RUNNING")).map(({ taskArn }) => taskArn),
        [old?.taskArn],
      );
      const stopped = await legacy.tasks("STOPPED");
      assert.equal(stopped.length, 3);
      assert.equal(stopped[0]?.stopCode, "EssentialContainerExited");
    }));
}

Deno.test("without a circuit breaker ECS goes on trying", () =>
  withService("legacy", {
    rollout: { ...fast, stepMs: 2, tasksStop: true, circuitBreaker: "off" },
  }, async (legacy) => {
    await legacy.update(on);
    const late = await legacy.until(({ deployments }) =>
      (deployments?.[0]?.failedTasks ?? 0) > 4
    );
    assert.equal(late.deployments?.[0]?.rolloutState, "IN_PROGRESS");
    assert.equal(late.deployments?.length, 2);
  }));

for (
  const [options, message] of [
    [
      { deploymentControllers: { legacy: "CODE_DEPLOY" } },
      /Cannot force a new deployment .* CODE_DEPLOY/,
    ],
    [{ deploymentControllers: { legacy: "EXTERNAL" } }, /Cannot force/],
    [{ definition: { taskRole: false } }, /a valid taskRoleArn is not/],
  ] as const
) {
  Deno.test(`UpdateService refuses ${JSON.stringify(options)}`, () =>
    withService("legacy", options, async (legacy) => {
      await assert.rejects(legacy.update(on), {
        name: "InvalidParameterException",
        message,
      });
      assert.equal((await legacy.look()).enableExecuteCommand, false);
    }));
}

Deno.test("UpdateService refuses unknown services, and callers who may not", async () => {
  await withService(
    "legacy",
    { deny: ["ecs:UpdateService"] },
    async (legacy) => {
      await assert.rejects(legacy.update({ service: "nope" }), {
        name: "AccessDeniedException",
      });
    },
  );
  await withService("legacy", {}, async (legacy) => {
    await assert.rejects(legacy.update({ service: "nope" }), {
      name: "ServiceNotFoundException",
    });
    await assert.rejects(legacy.update({ desiredCount: 3 }), {
      message: /does not update desiredCount/,
    });
  });
});
