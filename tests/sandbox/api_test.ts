import assert from "node:assert/strict";
import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  DescribeClustersCommand,
  DescribeContainerInstancesCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ExecuteCommandCommand,
  ListServicesCommand,
  ListTasksCommand,
  paginateListTasks,
} from "@aws-sdk/client-ecs";
import {
  GetParameterCommand,
  ResumeSessionCommand,
  SSMClient,
  StartSessionCommand,
} from "@aws-sdk/client-ssm";
import { fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import { joinChannel, makeSdkConfig } from "./channel_client.ts";
import { notEnabledMessage } from "./execute_command.ts";
import type { Sandbox } from "./sandbox.ts";
import type { SandboxOptions } from "./sandbox_options.ts";
import { startSandbox } from "./start_sandbox.ts";

async function withApi(
  options: Partial<SandboxOptions>,
  body: (ecs: ECSClient, sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox(options);
  const ecs = new ECSClient(makeSdkConfig(sandbox));
  try {
    await body(ecs, sandbox);
  } finally {
    ecs.destroy();
    await sandbox.close();
  }
}

Deno.test("the fleet is the documented one", () =>
  withApi({}, async (ecs) => {
    const { serviceArns = [] } = await ecs.send(new ListServicesCommand({}));
    assert.deepEqual(serviceArns.map((arn) => arn.split("/").at(-1)), [
      "web",
      "worker",
      "legacy",
      "fargate-old",
      "web-canary",
    ]);
    const { taskArns = [] } = await ecs.send(
      new ListTasksCommand({ serviceName: "web" }),
    );
    const { tasks = [] } = await ecs.send(
      new DescribeTasksCommand({ tasks: taskArns }),
    );
    assert.equal(tasks.length, 2);
    assert.match(
      tasks[0]?.taskArn ?? "",
      /^arn:aws:ecs:us-east-1:\d{12}:task\/default\/[0-9a-f]{32}$/,
    );
    // The order of DescribeTasks is not that of the definition.
    assert.deepEqual(tasks[0]?.containers?.map((one) => one.name), [
      "sidecar",
      "web",
    ]);
    const { taskDefinition } = await ecs.send(
      new DescribeTaskDefinitionCommand({
        taskDefinition: tasks[0]?.taskDefinitionArn,
      }),
    );
    assert.deepEqual(
      taskDefinition?.containerDefinitions?.map((one) => one.name),
      ["web", "sidecar"],
    );
    assert.equal(tasks[0]?.group, "service:web");
    const agent = tasks[0]?.containers?.[0]?.managedAgents?.[0];
    assert.equal(agent?.name, "ExecuteCommandAgent");
    assert.equal(agent?.lastStatus, "RUNNING");
    assert.ok(
      Number(tasks[0]?.startedAt) > Number(tasks[1]?.startedAt),
      "the younger comes first",
    );
  }));

Deno.test("a service's tasks are not its family's", () =>
  withApi({}, async (ecs) => {
    const count = async (filter: object) =>
      (await ecs.send(new ListTasksCommand(filter))).taskArns?.length;
    assert.equal(await count({ serviceName: "web" }), 2);
    assert.equal(await count({ family: "web" }), 3);
    assert.equal(await count({ launchType: "EC2" }), 1);
    assert.equal(await count({ desiredStatus: "STOPPED" }), 0);
  }));

Deno.test("the same seed gives the same ids, another one others", async () => {
  const ids: (string | undefined)[] = [];
  for (const seed of [1, 1, 2]) {
    const sandbox = await startSandbox({ seed });
    ids.push(sandbox.tasks("worker")[0]?.taskId);
    await sandbox.close();
  }
  assert.equal(ids[0], ids[1]);
  assert.notEqual(ids[0], ids[2]);
});

Deno.test("lists come in pages of 100, and DescribeTasks takes no more", () =>
  withApi({ tasks: { worker: 250 } }, async (ecs) => {
    const pages: string[][] = [];
    for await (
      const page of paginateListTasks({ client: ecs }, {
        serviceName: "worker",
      })
    ) pages.push(page.taskArns ?? []);
    assert.deepEqual(pages.map((page) => page.length), [100, 100, 50]);
    await assert.rejects(
      ecs.send(new DescribeTasksCommand({ tasks: pages.flat().slice(0, 101) })),
      { name: "InvalidParameterException" },
    );
  }));

Deno.test("unsettled services, an EC2 task's instance, more clusters", () =>
  withApi({ unsettled: true, clusters: 3 }, async (ecs, sandbox) => {
    const { services, failures } = await ecs.send(
      new DescribeServicesCommand({
        services: ["stopped", "pending", "stopping", "nope"],
      }),
    );
    assert.deepEqual(
      services?.map((one) => [one.desiredCount, one.pendingCount]),
      [[0, 0], [1, 1], [1, 0]],
    );
    assert.equal(failures?.[0]?.reason, "MISSING");
    const { tasks } = await ecs.send(
      new DescribeTasksCommand({
        tasks: [
          ...sandbox.tasks("pending"),
          ...sandbox.tasks("stopping"),
          ...sandbox.tasks("legacy"),
        ].map((one) => one.taskId),
      }),
    );
    assert.deepEqual(tasks?.map((one) => one.lastStatus), [
      "PENDING",
      "STOPPED",
      "RUNNING",
    ]);
    const { containerInstances } = await ecs.send(
      new DescribeContainerInstancesCommand({
        containerInstances: [tasks?.[2]?.containerInstanceArn ?? ""],
      }),
    );
    assert.match(containerInstances?.[0]?.ec2InstanceId ?? "", /^i-/);
    const { clusters } = await ecs.send(
      new DescribeClustersCommand({ clusters: ["cluster-2", "nope"] }),
    );
    assert.equal(clusters?.length, 1);
  }));

Deno.test("a service tells its deployment, its events, its place and, when asked, its tags", () =>
  withApi({ unsettled: true }, async (ecs) => {
    const describe = async (service: string, include?: ["TAGS"]) =>
      (await ecs.send(
        new DescribeServicesCommand({ services: [service], include }),
      )).services?.[0];
    const web = await describe("web", ["TAGS"]);
    assert.deepEqual(web?.tags, [{ key: "service", value: "web" }]);
    assert.equal(web?.deploymentController?.type, "ECS");
    assert.equal(web?.launchType, "FARGATE");
    assert.ok(web?.networkConfiguration?.awsvpcConfiguration?.subnets?.length);
    const [deployment, ...others] = web?.deployments ?? [];
    assert.deepEqual(others, []);
    assert.equal(deployment?.status, "PRIMARY");
    assert.equal(deployment?.rolloutState, "COMPLETED");
    assert.equal(deployment?.runningCount, 2);
    const { taskArns } = await ecs.send(
      new ListTasksCommand({ startedBy: deployment?.id, serviceName: "web" }),
    );
    assert.equal(taskArns?.length, 2);
    assert.match(
      web?.events?.[0]?.message ?? "",
      /^\(service web\) has reached/,
    );
    assert.equal(web?.events?.length, 3);
    const times = web?.events?.map(({ createdAt }) => Number(createdAt)) ?? [];
    assert.deepEqual(times, times.toSorted((a, b) => b - a));

    const legacy = await describe("legacy");
    assert.equal(legacy?.tags, undefined);
    assert.equal(legacy?.enableExecuteCommand, false);
    assert.equal(legacy?.networkConfiguration, undefined);
    const pending = await describe("pending");
    assert.equal(pending?.deployments?.[0]?.rolloutState, "IN_PROGRESS");
    assert.equal(
      (await describe("stopping"))?.deployments?.[0]?.failedTasks,
      1,
    );
  }));

Deno.test("ExecuteCommand refuses what ECS refuses", () =>
  withApi({ unsettled: true }, async (ecs, sandbox) => {
    const task = (service: string) => sandbox.tasks(service)[0]?.taskId ?? "";
    const execute = (change: object) =>
      ecs.send(
        new ExecuteCommandCommand({
          task: task("web"),
          container: "web",
          command: "true",
          interactive: true,
          ...change,
        }),
      );
    const invalid = "InvalidParameterException";
    const refusals: readonly (readonly [object, string, RegExp])[] = [
      [
        { cluster: "nope" },
        "ClusterNotFoundException",
        /^Cluster not found\.$/,
      ],
      [{ interactive: false }, invalid, /Interactive is the only mode/],
      [{ task: "0".repeat(32) }, invalid, /task was not found/],
      [{ task: "abc" }, invalid, /^task length should be one of \[32,36\]$/],
      [{ container: "nope" }, invalid, /container was not found/],
      [{ container: undefined }, invalid, /container name is required/],
    ];
    for (const [change, name, message] of refusals) {
      await assert.rejects(execute(change), { name, message });
    }
    for (const service of ["legacy", "fargate-old", "stopping"]) {
      await assert.rejects(
        execute({ task: task(service), container: undefined }),
        { name: invalid, message: notEnabledMessage },
      );
    }
    assert.equal(sandbox.sessions().length, 0);
  }));

Deno.test("an agent that is PENDING or STOPPED is not connected, and becomes so", async () => {
  await withApi({ agentStopped: "out of memory" }, async (ecs, sandbox) => {
    const task = sandbox.tasks("worker")[0]?.taskId ?? "";
    await assert.rejects(
      ecs.send(
        new ExecuteCommandCommand({ task, command: "true", interactive: true }),
      ),
      { name: "TargetNotConnectedException", message: /internal error/ },
    );
    const { tasks } = await ecs.send(
      new DescribeTasksCommand({ tasks: [task] }),
    );
    const agent = tasks?.[0]?.containers?.[0]?.managedAgents?.[0];
    assert.equal(agent?.lastStatus, "STOPPED");
    assert.equal(agent?.reason, "out of memory");
  });
  await withApi({ agentPendingMs: 150 }, async (ecs, sandbox) => {
    const tasks = [sandbox.tasks("worker")[0]?.taskId ?? ""];
    const status = async () =>
      (await ecs.send(new DescribeTasksCommand({ tasks })))
        .tasks?.[0]?.containers?.[0]?.managedAgents?.[0]?.lastStatus;
    assert.equal(await status(), "PENDING");
    await new Promise((resolve) => setTimeout(resolve, 160));
    assert.equal(await status(), "RUNNING");
  });
});

Deno.test("lists refuse unknown clusters and services; DescribeTasks reports the missing", () =>
  withApi({}, async (ecs) => {
    await assert.rejects(
      ecs.send(new ListTasksCommand({ cluster: "nope" })),
      { name: "ClusterNotFoundException" },
    );
    await assert.rejects(
      ecs.send(new ListTasksCommand({ serviceName: "nope" })),
      { name: "ServiceNotFoundException" },
    );
    const { failures } = await ecs.send(
      new DescribeTasksCommand({ tasks: ["0".repeat(32)] }),
    );
    assert.equal(failures?.[0]?.reason, "MISSING");
    await assert.rejects(
      ecs.send(new DescribeTasksCommand({ tasks: ["short"] })),
      { message: "taskId length should be one of [32,36]" },
    );
  }));

Deno.test("denied, expired, throttled, unknown and unsigned callers get AWS's names", async () => {
  await withApi(
    { deny: ["ecs:ListTasks"], throttle: 1, expiredCalls: 1 },
    async (ecs, sandbox) => {
      await assert.rejects(ecs.send(new ListServicesCommand({})), {
        name: "ExpiredTokenException",
      });
      await assert.rejects(ecs.send(new ListTasksCommand({})), {
        name: "AccessDeniedException",
        message:
          "User: arn:aws:iam::123456789012:user/sandbox is not authorized to " +
          "perform: ecs:ListTasks on resource: * because no identity-based " +
          "policy allows the ecs:ListTasks action",
      });
      await assert.rejects(ecs.send(new ListServicesCommand({})), {
        name: "ThrottlingException",
        message: "Rate exceeded",
      });
      await ecs.send(new ListServicesCommand({}));
      sandbox.setExpired(true);
      await assert.rejects(ecs.send(new ListServicesCommand({})), {
        name: "ExpiredTokenException",
      });
    },
  );
  const sandbox = await startSandbox();
  const config = makeSdkConfig(sandbox);
  for (
    const [change, name] of [
      [{ accessKeyId: "AKIAOTHER" }, "UnrecognizedClientException"],
      [{ secretAccessKey: "wrong" }, "InvalidSignatureException"],
    ] as const
  ) {
    const ecs = new ECSClient({
      ...config,
      credentials: { ...config.credentials, ...change },
    });
    await assert.rejects(ecs.send(new ListServicesCommand({})), { name });
    ecs.destroy();
  }
  const elsewhere = new ECSClient({ ...config, region: "eu-west-1" });
  await assert.rejects(elsewhere.send(new ListServicesCommand({})), {
    name: "InvalidSignatureException",
  });
  const unsigned = await fetch(sandbox.url, {
    method: "POST",
    headers: { "x-amz-target": "AmazonEC2ContainerServiceV20141113.ListTasks" },
    body: "{}",
  });
  assert.equal(unsigned.status, 400);
  assert.match(await unsigned.text(), /MissingAuthenticationTokenException/);
  await sandbox.close();
});

Deno.test("parameters, an assumed role, an unknown session; everything is logged", async () => {
  const log = await Deno.makeTempFile();
  const sandbox = await startSandbox({ parameters: { "/a/b": "c" }, log });
  const config = makeSdkConfig(sandbox);
  const ssm = new SSMClient(config);
  const { Parameter } = await ssm.send(
    new GetParameterCommand({ Name: "/a/b" }),
  );
  assert.equal(Parameter?.Value, "c");
  await assert.rejects(ssm.send(new GetParameterCommand({ Name: "/x" })), {
    name: "ParameterNotFound",
  });
  await assert.rejects(
    ssm.send(new ResumeSessionCommand({ SessionId: "nope" })),
    { name: "DoesNotExistException" },
  );
  const role = new ECSClient({
    ...config,
    credentials: fromTemporaryCredentials({
      params: {
        RoleArn: "arn:aws:iam::123456789012:role/deploy",
        RoleSessionName: "test",
      },
      masterCredentials: config.credentials,
      clientConfig: config,
    }),
  });
  await role.send(new ListTasksCommand({}));
  const lines = (await Deno.readTextFile(log)).trim().split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(lines.map((line) => [line.operation, line.answer.status]), [
    ["GetParameter", 200],
    ["GetParameter", 400],
    ["ResumeSession", 400],
    ["AssumeRole", 200],
    ["ListTasks", 200],
  ]);
  ssm.destroy();
  role.destroy();
  await sandbox.close();
  await Deno.remove(log);
});

Deno.test("latency delays every answer", () =>
  withApi({ latencyMs: 60 }, async (ecs, sandbox) => {
    await ecs.send(new ListTasksCommand({}));
    assert.ok((sandbox.requests()[0]?.milliseconds ?? 0) >= 59);
  }));

Deno.test("a container instance: its id, its addresses, and a session on it", () =>
  withApi({
    launchTypes: { "service-6": "EXTERNAL" },
    services: 6,
    instance: {
      privateIp: "10.0.0.7",
      publicIp: "203.0.113.9",
      dockerHost: "unix:///engine.sock",
    },
  }, async (ecs, sandbox) => {
    const idOf = async (service: string) => {
      const [task] = sandbox.tasks(service);
      const { tasks } = await ecs.send(
        new DescribeTasksCommand({ tasks: [task?.taskArn ?? ""] }),
      );
      const arn = tasks?.[0]?.containerInstanceArn ?? "";
      const { containerInstances } = await ecs.send(
        new DescribeContainerInstancesCommand({ containerInstances: [arn] }),
      );
      return containerInstances?.[0]?.ec2InstanceId ?? "";
    };
    const id = await idOf("legacy");
    assert.match(id, /^i-[0-9a-f]{17}$/);
    assert.match(await idOf("service-6"), /^mi-[0-9a-f]{17}$/);

    const ec2 = new EC2Client(makeSdkConfig(sandbox));
    const ssm = new SSMClient(makeSdkConfig(sandbox));
    try {
      const { Reservations } = await ec2.send(
        new DescribeInstancesCommand({ InstanceIds: [id] }),
      );
      const instance = Reservations?.[0]?.Instances?.[0];
      assert.deepEqual(
        [instance?.InstanceId, instance?.PrivateIpAddress],
        [id, "10.0.0.7"],
      );
      assert.equal(instance?.PublicIpAddress, "203.0.113.9");
      await assert.rejects(
        ec2.send(new DescribeInstancesCommand({ InstanceIds: ["i-0"] })),
        { name: "InvalidInstanceID.NotFound" },
      );

      const start = (Target: string) =>
        ssm.send(
          new StartSessionCommand({
            Target,
            DocumentName: "AWS-StartInteractiveCommand",
            Parameters: { command: ["sudo -n sh -c 'echo \"$DOCKER_HOST\"'"] },
          }),
        );
      await assert.rejects(start("i-0"), { name: "TargetNotConnected" });
      const { SessionId = "", StreamUrl = "", TokenValue = "" } = await start(
        id,
      );
      const client = await joinChannel(sandbox, {
        sessionId: SessionId,
        streamUrl: StreamUrl,
        tokenValue: TokenValue,
      });
      assert.equal(await client.closed(), "");
      assert.equal(client.output().toString(), "unix:///engine.sock\r\n");
      client.end();
      await client.gone;
    } finally {
      ec2.destroy();
      ssm.destroy();
    }
  }));
