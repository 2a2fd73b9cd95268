import assert from "node:assert/strict";
import type { Task } from "../../../src/access/access.ts";
import { PortholeError } from "../../../src/errors.ts";
import { type ApiRequest, refuse } from "../../aws/api_server.ts";
import { withAccess } from "../with_access.ts";

const CLUSTER_ARN = "arn:aws:ecs:us-east-1:1:cluster/main";

function taskArn(id: string): string {
  return `arn:aws:ecs:us-east-1:1:task/main/${id}`;
}

function describe({ input }: ApiRequest): object {
  return {
    tasks: input.tasks.map((task: string) => ({
      taskArn: task.startsWith("arn:") ? task : taskArn(task),
      clusterArn: CLUSTER_ARN,
      lastStatus: "RUNNING",
      desiredStatus: "RUNNING",
    })),
  };
}

async function rejection(promise: Promise<unknown>): Promise<PortholeError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof PortholeError, String(error));
    return error;
  }
  throw new Error("it did not fail");
}

Deno.test("a list that names the same page twice, or has no end, is refused", async () => {
  await withAccess({
    ListServices: ({ input }) => ({
      serviceArns: [`arn:x:service/main/${input.nextToken ?? "first"}`],
      nextToken: input.nextToken === "a" ? "b" : "a",
    }),
    ListClusters: ({ input }) => ({
      clusterArns: ["arn:x:cluster/main"],
      nextToken: `${Number(input.nextToken ?? 0) + 1}`,
    }),
  }, async (access) => {
    const circle = await rejection(access.listServices("main"));
    assert.equal(
      circle.message,
      'Cannot list the services of cluster "main": AWS\'s list has no end: it names the same page twice',
    );
    const endless = await rejection(access.listClusters());
    assert.match(endless.message, /has no end: 1000 pages were read$/);
  });
});

Deno.test("a list of something else than names is refused", async () => {
  await withAccess({
    ListServices: () => ({ serviceArns: [{}, 7] }),
  }, async (access) => {
    const error = await rejection(access.listServices("main"));
    assert.match(error.message, /holds something that is not a name$/);
  });
});

Deno.test("updateService changes what it is told, and gives the service as it then is", async () => {
  const requests = await withAccess({
    UpdateService: ({ input }) => ({
      service: {
        serviceName: input.service,
        enableExecuteCommand: input.enableExecuteCommand,
        deployments: [{ id: "ecs-svc/2", status: "PRIMARY" }],
      },
    }),
  }, async (access) => {
    const service = await access.updateService("main", "web", {
      executeCommandEnabled: true,
      forceNewDeployment: false,
    });
    assert.equal(service.executeCommandEnabled, true);
    assert.equal(service.deployments[0]?.id, "ecs-svc/2");
  });
  assert.deepEqual(requests.map(({ input }) => input), [{
    cluster: "main",
    service: "web",
    enableExecuteCommand: true,
    forceNewDeployment: false,
  }]);
});

Deno.test("updateService that is refused names the permission", async () => {
  await withAccess({}, async (access) => {
    const error = await rejection(
      access.updateService("main", "web", {
        executeCommandEnabled: true,
        forceNewDeployment: true,
      }),
    );
    assert.equal(error.code, "access_denied");
    assert.match(error.message, /^Cannot update service "web": /);
    assert.match(error.hint ?? "", /ecs:UpdateService/);
  });
});

const task: Task = {
  id: "0123",
  arn: taskArn("0123"),
  clusterArn: CLUSTER_ARN,
  status: "RUNNING",
  desiredStatus: "RUNNING",
  taskDefinitionArn: "arn:aws:ecs:us-east-1:1:task-definition/web:7",
  executeCommandEnabled: true,
  containers: [{ name: "web", status: "RUNNING", runtimeId: "0123-456" }],
};
const container = { name: "web", status: "RUNNING", runtimeId: "0123-456" };

Deno.test("listTasks pages the list and describes a hundred at a time", async () => {
  const ids = Array.from({ length: 230 }, (_, index) => taskArn(String(index)));
  const requests = await withAccess({
    ListTasks: ({ input }) => {
      const start = Number(input.nextToken ?? 0);
      const end = start + 100;
      return {
        taskArns: ids.slice(start, end),
        ...(end < 230 && { nextToken: String(end) }),
      };
    },
    DescribeTasks: describe,
  }, async (access) => {
    const tasks = await access.listTasks("main", "web");
    assert.deepEqual(
      tasks.map(({ id }) => id),
      ids.map((_, index) => String(index)),
    );
  });
  const lists = requests.filter(({ operation }) => operation === "ListTasks");
  assert.deepEqual(
    lists.map(({ input }) => [input.serviceName, input.desiredStatus]),
    [
      ["web", "RUNNING"],
      ["web", "RUNNING"],
      ["web", "RUNNING"],
    ],
  );
  const batches = requests.filter(({ operation }) =>
    operation === "DescribeTasks"
  );
  assert.deepEqual(batches.map(({ input }) => input.tasks.length).sort(), [
    100,
    100,
    30,
  ]);
});

Deno.test("listTasks of a service with running tasks is two calls", async () => {
  const requests = await withAccess({
    ListTasks: () => ({ taskArns: [taskArn("a")] }),
    DescribeTasks: describe,
  }, async (access) => {
    await access.listTasks("main", "web");
  });
  assert.deepEqual(requests.map(({ operation }) => operation), [
    "ListTasks",
    "DescribeTasks",
  ]);
});

Deno.test("listTasks falls back on the stopped tasks, which tell why none runs", async () => {
  await withAccess({
    ListTasks: ({ input }) => ({
      taskArns: input.desiredStatus === "STOPPED" ? [taskArn("a")] : [],
    }),
    DescribeTasks: () => ({
      tasks: [{
        taskArn: taskArn("a"),
        lastStatus: "STOPPED",
        stoppedReason: "out of memory",
      }],
    }),
  }, async (access) => {
    const [stopped] = await access.listTasks("main", "web");
    assert.equal(stopped?.status, "STOPPED");
    assert.equal(stopped?.stoppedReason, "out of memory");
  });
});

Deno.test("describeTask keeps AWS's words, and is undefined for a task that is missing", async () => {
  await withAccess({
    DescribeTasks: ({ input }) =>
      input.tasks[0] === "gone"
        ? { tasks: [], failures: [{ reason: "MISSING" }] }
        : {
          tasks: [{
            taskArn: task.arn,
            clusterArn: CLUSTER_ARN,
            lastStatus: "RUNNING",
            desiredStatus: "RUNNING",
            group: "service:web",
            startedAt: 1_672_531_200.5,
            launchType: "FARGATE",
            enableExecuteCommand: true,
            healthStatus: "HEALTHY",
            availabilityZone: "us-east-1a",
            taskDefinitionArn: task.taskDefinitionArn,
            containers: [{
              name: "web",
              lastStatus: "RUNNING",
              runtimeId: "0123-456",
              managedAgents: [{
                name: "ExecuteCommandAgent",
                lastStatus: "PENDING",
              }],
            }],
          }],
        },
  }, async (access) => {
    assert.equal(await access.describeTask("main", "gone"), undefined);
    assert.deepEqual(await access.describeTask("main", "0123"), {
      ...task,
      group: "service:web",
      startedAt: new Date(1_672_531_200_500),
      launchType: "FARGATE",
      health: "HEALTHY",
      availabilityZone: "us-east-1a",
      containers: [{ ...container, agent: { status: "PENDING" } }],
    });
  });
});

Deno.test("listTasks of one desired status asks for no other", async () => {
  const requests = await withAccess(
    { ListTasks: () => ({ taskArns: [] }) },
    async (access) => {
      assert.deepEqual(await access.listTasks("main", "web", "RUNNING"), []);
      assert.deepEqual(await access.listTasks("main", "web", "STOPPED"), []);
    },
  );
  assert.deepEqual(requests.map(({ input }) => input.desiredStatus), [
    "RUNNING",
    "STOPPED",
  ]);
});

const SERVICE_ARN = "arn:aws:ecs:us-east-1:1:service/main/web";

Deno.test("describeService keeps what a task like the service's takes", async () => {
  const definition = "arn:aws:ecs:us-east-1:1:task-definition/web:7";
  const deployment = {
    id: "ecs-svc/1",
    status: "ACTIVE",
    taskDefinition: definition,
    desiredCount: 2,
    runningCount: 1,
    pendingCount: 1,
    failedTasks: 3,
    rolloutState: "FAILED",
    rolloutStateReason: "circuit breaker",
    createdAt: 1_672_531_200,
  };
  const requests = await withAccess({
    DescribeServices: () => ({
      services: [{
        serviceName: "web",
        serviceArn: SERVICE_ARN,
        clusterArn: CLUSTER_ARN,
        status: "ACTIVE",
        desiredCount: 2,
        runningCount: 1,
        pendingCount: 1,
        taskDefinition: definition,
        enableExecuteCommand: true,
        capacityProviderStrategy: [{
          capacityProvider: "FARGATE_SPOT",
          weight: 1,
        }],
        platformVersion: "LATEST",
        networkConfiguration: {
          awsvpcConfiguration: {
            subnets: ["subnet-1"],
            securityGroups: ["sg-1"],
            assignPublicIp: "ENABLED",
          },
        },
        deploymentConfiguration: {
          deploymentCircuitBreaker: { enable: true, rollback: false },
        },
        propagateTags: "SERVICE",
        tags: [{ key: "team", value: "a" }],
        deployments: [deployment, {
          ...deployment,
          id: "ecs-svc/2",
          status: "PRIMARY",
        }],
        events: [{ id: "e", createdAt: 1_672_531_200, message: "steady" }],
      }],
    }),
  }, async (access) => {
    const at = new Date(1_672_531_200_000);
    const known = {
      taskDefinitionArn: definition,
      desired: 2,
      running: 1,
      pending: 1,
      failed: 3,
      rolloutState: "FAILED",
      rolloutStateReason: "circuit breaker",
      createdAt: at,
    };
    assert.deepEqual(
      await access.describeService("main", "web", { tags: true }),
      {
        name: "web",
        arn: SERVICE_ARN,
        clusterArn: CLUSTER_ARN,
        status: "ACTIVE",
        desired: 2,
        running: 1,
        pending: 1,
        taskDefinitionArn: definition,
        executeCommandEnabled: true,
        capacityProviderStrategy: [{
          name: "FARGATE_SPOT",
          weight: 1,
          base: 0,
        }],
        platformVersion: "LATEST",
        network: {
          subnets: ["subnet-1"],
          securityGroups: ["sg-1"],
          assignPublicIp: true,
        },
        deploymentController: "ECS",
        circuitBreaker: { enabled: true, rollback: false },
        propagateTags: "SERVICE",
        tags: [{ key: "team", value: "a" }],
        deployments: [
          { ...known, id: "ecs-svc/2", status: "PRIMARY" },
          { ...known, id: "ecs-svc/1", status: "ACTIVE" },
        ],
        events: [{ id: "e", at, message: "steady" }],
      },
    );
    await access.describeService("main", "web");
  });
  assert.deepEqual(requests.map(({ input }) => input.include), [
    ["TAGS"],
    undefined,
  ]);
});

Deno.test("describeService takes from the task sets what the service leaves to them", async () => {
  await withAccess({
    DescribeServices: () => ({
      services: [{
        serviceName: "web",
        status: "ACTIVE",
        deploymentController: { type: "CODE_DEPLOY" },
        taskSets: [{
          id: "ecs-svc/3",
          status: "PRIMARY",
          taskDefinition: "web:7",
          computedDesiredCount: 2,
          runningCount: 2,
          launchType: "FARGATE",
          platformVersion: "1.4.0",
          networkConfiguration: {
            awsvpcConfiguration: { subnets: ["subnet-1"] },
          },
        }],
      }],
    }),
  }, async (access) => {
    const service = await access.describeService("main", "web");
    assert.equal(service.deploymentController, "CODE_DEPLOY");
    assert.equal(service.launchType, "FARGATE");
    assert.equal(service.platformVersion, "1.4.0");
    assert.equal(service.taskDefinitionArn, "web:7");
    assert.deepEqual(service.network?.subnets, ["subnet-1"]);
    assert.deepEqual(
      service.deployments.map(({ id, desired, running }) => [
        id,
        desired,
        running,
      ]),
      [["ecs-svc/3", 2, 2]],
    );
  });
});

Deno.test("describeService tells a service that is gone, or never was, with the closest one", async () => {
  for (
    const services of [[], [{ serviceName: "wbe", status: "INACTIVE" }]]
  ) {
    await withAccess({
      DescribeServices: () => ({ services }),
      ListServices: () => ({ serviceArns: [SERVICE_ARN] }),
    }, async (access) => {
      const error = await rejection(access.describeService("main", "wbe"));
      assert.equal(error.code, "service_not_found");
      assert.equal(error.hint, 'did you mean "web"?');
    });
  }
});

Deno.test("listContainerNames keeps the task definition's order", async () => {
  await withAccess({
    DescribeTaskDefinition: () => ({
      taskDefinition: {
        containerDefinitions: [{ name: "web" }, { name: "sidecar" }],
      },
    }),
  }, async (access) => {
    assert.deepEqual(await access.listContainerNames(task), [
      "web",
      "sidecar",
    ]);
  });
});

Deno.test("open asks for an interactive session and names its target", async () => {
  const session = { sessionId: "s", streamUrl: "wss://x", tokenValue: "t" };
  const requests = await withAccess(
    { ExecuteCommand: () => ({ session }) },
    async (access) => {
      const request = { cluster: "main", task, container, command: "ls -la" };
      assert.deepEqual(await access.open(request), {
        kind: "grant",
        grant: {
          ...session,
          target: "ecs:main_0123_0123-456",
          cluster: task.clusterArn,
        },
      });
    },
  );
  assert.deepEqual(requests.map(({ input }) => input), [
    {
      cluster: "main",
      task: task.arn,
      container: "web",
      command: "ls -la",
      interactive: true,
    },
  ]);
});

Deno.test("open does not call AWS for a container that has no runtime id", async () => {
  const requests = await withAccess({}, async (access) => {
    const starting = { name: "web", status: "PENDING" };
    const error = await rejection(
      access.open({
        cluster: "main",
        task,
        container: starting,
        command: "ls",
      }),
    );
    assert.equal(error.code, "agent_not_running");
  });
  assert.equal(requests.length, 0);
});

Deno.test("open explains a refusal by what is known of the task", async () => {
  const text =
    "The execute command failed because execute command was not enabled when the task was run";
  await withAccess({
    ExecuteCommand: () => refuse("InvalidParameterException", text),
  }, async (access) => {
    const old = {
      ...task,
      executeCommandEnabled: false,
      launchType: "FARGATE",
    };
    const request = { cluster: "main", task: old, container, command: "ls" };
    assert.equal(
      (await rejection(access.open(request))).code,
      "exec_not_enabled",
    );
  });
});

Deno.test("an unknown service is told with the closest one that exists", async () => {
  await withAccess({
    ListTasks: () => refuse("ServiceNotFoundException", "Service not found."),
    ListServices: () => ({
      serviceArns: ["arn:x:service/main/web", "arn:x:service/main/worker"],
    }),
  }, async (access) => {
    const error = await rejection(access.listTasks("main", "wbe"));
    assert.equal(error.code, "service_not_found");
    assert.equal(error.hint, 'did you mean "web"?');
    assert.equal(
      (await rejection(access.listTasks("main", "database"))).hint,
      'services: "web", "worker"',
    );
  });
});

Deno.test("an unknown cluster is told with the closest one, or without where listing is denied", async () => {
  const ListTasks = () =>
    refuse("ClusterNotFoundException", "Cluster not found.");
  await withAccess(
    { ListTasks, ListClusters: () => ({ clusterArns: [CLUSTER_ARN] }) },
    async (access) => {
      const error = await rejection(access.listTasks("mian", "web"));
      assert.equal(error.code, "cluster_not_found");
      assert.equal(error.hint, 'did you mean "main"?');
    },
  );
  await withAccess({ ListTasks }, async (access) => {
    assert.equal(
      (await rejection(access.listTasks("mian", "web"))).code,
      "cluster_not_found",
    );
  });
});

Deno.test("resumeSession gives a new token, or undefined for a session that has ended", async () => {
  await withAccess({
    ResumeSession: ({ input }) =>
      input.SessionId === "open"
        ? { SessionId: "open", TokenValue: "new" }
        : input.SessionId === "ended"
        ? { SessionId: "ended", TokenValue: "" }
        : refuse("DoesNotExistException", "no such session"),
    TerminateSession: ({ input }) => ({ SessionId: input.SessionId }),
  }, async (access) => {
    assert.equal(await access.resumeSession("open"), "new");
    assert.equal(await access.resumeSession("ended"), undefined);
    assert.equal(await access.resumeSession("forgotten"), undefined);
    await access.terminateSession("open");
  });
});

Deno.test("createDataKey binds the key to its session, and names the action it was denied", async () => {
  const grant = {
    sessionId: "s",
    streamUrl: "wss://x",
    tokenValue: "t",
    target: "ecs:main_0123_0123-456",
  };
  const plaintext = new Uint8Array(64).fill(7);
  const requests = await withAccess({
    GenerateDataKey: ({ input }) =>
      input.KeyId === "denied" ? refuse("AccessDeniedException", "no") : {
        Plaintext: plaintext.toBase64(),
        CiphertextBlob: new Uint8Array([1]).toBase64(),
      },
  }, async (access) => {
    assert.deepEqual(await access.createDataKey("key", grant), {
      plaintext,
      ciphertext: new Uint8Array([1]),
    });
    const error = await rejection(access.createDataKey("denied", grant));
    assert.equal(error.code, "access_denied");
    assert.match(error.message, /"denied".*kms:GenerateDataKey/);
  });
  assert.deepEqual(requests[0]?.input, {
    KeyId: "key",
    NumberOfBytes: 64,
    EncryptionContext: {
      "aws:ssm:SessionId": "s",
      "aws:ssm:TargetId": grant.target,
    },
  });
});

Deno.test("an ARN of another region says so, and nothing of names", async () => {
  const service = "arn:aws:ecs:eu-west-1:123456789012:service/main/web";
  const cluster = "arn:aws:ecs:eu-west-1:123456789012:cluster/main";
  const hint =
    'the ARN is of region "eu-west-1", but "us-east-1" is set: --region eu-west-1';
  for (
    const refusal of [
      refuse("ServiceNotFoundException", "Service not found."),
      refuse("InvalidParameterException", "Identifier is for eu-west-1"),
      refuse("ClusterNotFoundException", "Cluster not found."),
    ]
  ) {
    await withAccess({
      ListTasks: () => refusal.clone(),
      ListServices: () => ({ serviceArns: [service] }),
      ListClusters: () => ({ clusterArns: [cluster] }),
    }, async (access) => {
      for (
        const [inCluster, named] of [["main", service], [
          cluster,
          "web",
        ]] as const
      ) {
        const error = await rejection(access.listTasks(inCluster, named));
        assert.equal(error.hint, hint);
      }
    });
  }
});

Deno.test("what was typed is not suggested in its own place", async () => {
  await withAccess({
    ListTasks: () => refuse("ServiceNotFoundException", "Service not found."),
    ListServices: () => ({ serviceArns: ["arn:x:service/main/worker"] }),
  }, async (access) => {
    const error = await rejection(access.listTasks("main", "worker"));
    assert.equal(error.code, "service_not_found");
    assert.equal(error.hint, undefined);
  });
});
