import assert from "node:assert/strict";
import type { Deployment, Service } from "../../src/access/access.ts";
import {
  formatStatusObject,
  renderStatus,
  type ServiceStatus,
} from "../../src/output/format_status.ts";

const now = new Date("2023-01-03T00:00:00Z");

const primary: Deployment = {
  id: "ecs-svc/2",
  status: "PRIMARY",
  taskDefinitionArn: "arn:aws:ecs:us-east-1:1:task-definition/web:8",
  desired: 4,
  running: 1,
  pending: 2,
  failed: 3,
  rolloutState: "IN_PROGRESS",
  rolloutStateReason: "ECS deployment ecs-svc/2 in progress.",
  createdAt: new Date("2023-01-02T23:58:00Z"),
  updatedAt: new Date("2023-01-02T23:59:00Z"),
};

const service: Service = {
  name: "web",
  arn: "arn:aws:ecs:us-east-1:1:service/main/web",
  clusterArn: "arn:aws:ecs:us-east-1:1:cluster/main",
  status: "ACTIVE",
  desired: 4,
  running: 3,
  pending: 2,
  taskDefinitionArn: primary.taskDefinitionArn,
  executeCommandEnabled: true,
  launchType: "FARGATE",
  capacityProviderStrategy: [],
  platformVersion: "1.4.0",
  deploymentController: "ECS",
  circuitBreaker: { enabled: true, rollback: false },
  deployments: [primary, {
    id: "ecs-svc/1",
    status: "ACTIVE",
    taskDefinitionArn: "arn:aws:ecs:us-east-1:1:task-definition/web:7",
    desired: 4,
    running: 2,
    pending: 0,
    failed: 0,
    rolloutState: "COMPLETED",
    rolloutStateReason: "ECS deployment ecs-svc/1 completed.",
    createdAt: new Date("2023-01-01T00:00:00Z"),
  }],
  events: [
    {
      id: "e2",
      at: new Date("2023-01-02T23:59:30Z"),
      message: "(service web) was unable to place a task.\x1b[2J",
    },
    {
      id: "e1",
      at: new Date("2023-01-02T23:00:00Z"),
      message: "(service web) has reached a steady state.",
    },
  ],
};

const status: ServiceStatus = {
  service,
  cluster: "main",
  region: "us-east-1",
  exec: { running: 3, enabled: 1 },
};

Deno.test("a status tells of the service, its deployments and its events", () => {
  assert.equal(
    renderStatus(status, 5, { now }),
    `\
Service:     web
Cluster:     main (us-east-1)
Status:      ACTIVE
Tasks:       3 running of 4 desired, 2 pending
Definition:  web:8
Runs on:     FARGATE, platform 1.4.0
ECS Exec:    on, but 2 of 3 running tasks were started before that; porthole enable-exec main/web replaces them

DEPLOYMENT  ROLLOUT      TASKS  PENDING  FAILED  DEFINITION  AGE  REASON
PRIMARY     IN_PROGRESS  1/4    2        3       web:8       2m   ECS deployment ecs-svc/2 in progress.
ACTIVE      COMPLETED    2/4    0        0       web:7       2d   ECS deployment ecs-svc/1 completed.

EVENTS
30s   (service web) was unable to place a task.\\u001b[2J
1h    (service web) has reached a steady state.
`,
  );
});

Deno.test("a status of sixty columns is whole, too", () => {
  assert.equal(
    renderStatus(status, 1, { now, width: 60 }),
    `\
Service:     web
Cluster:     main (us-east-1)
Status:      ACTIVE
Tasks:       3 running of 4 desired, 2 pending
Definition:  web:8
Runs on:     FARGATE, platform 1.4.0
ECS Exec:    on, but 2 of 3 running tasks were started
             before that; porthole enable-exec main/web
             replaces them

DEPLOYMENT  ROLLOUT      TASKS  PENDING  FAILED  DEFINITION
PRIMARY     IN_PROGRESS  1/4    2        3       web:8
    ECS deployment ecs-svc/2 in progress.
ACTIVE      COMPLETED    2/4    0        0       web:7

EVENTS
30s   (service web) was unable to place a task.\\u001b[2J
`,
  );
});

Deno.test("what a status says of ECS Exec depends on service and tasks", () => {
  const lines = ([
    [true, undefined],
    [true, { running: 0, enabled: 0 }],
    [true, { running: 2, enabled: 2 }],
    [true, { running: 1, enabled: 0 }],
    [true, { running: 3, enabled: 2 }],
    [false, { running: 2, enabled: 0 }],
    [false, { running: 2, enabled: 1 }],
    [false, undefined],
  ] as const).map(([executeCommandEnabled, exec]) => {
    const { exec: _, ...rest } = status;
    const text = renderStatus(
      {
        ...rest,
        service: { ...service, executeCommandEnabled },
        ...(exec === undefined ? {} : { exec }),
      },
      0,
      { now },
    );
    return /^ECS Exec: +(.*)$/m.exec(text)?.[1];
  });
  assert.deepEqual(lines, [
    "on",
    "on",
    "on, and all 2 running tasks have it",
    "on, but the running task was started before that; porthole enable-exec main/web replaces it",
    "on, but 1 of 3 running tasks was started before that; porthole enable-exec main/web replaces it",
    "off; porthole enable-exec main/web turns it on",
    "off, but 1 of 2 running tasks still has it; porthole enable-exec main/web turns it on",
    "off; porthole enable-exec main/web turns it on",
  ]);
});

Deno.test("a status names what deploys, and the providers of capacity", () => {
  const { launchType: _, ...rest } = service;
  const text = renderStatus(
    {
      ...status,
      service: {
        ...rest,
        deploymentController: "CODE_DEPLOY",
        capacityProviderStrategy: [
          { name: "FARGATE", weight: 1, base: 1 },
          { name: "FARGATE_SPOT", weight: 4, base: 0 },
        ],
        deployments: [],
        events: [],
      },
    },
    5,
    { now },
  );
  assert.match(
    text,
    /^Runs on: +FARGATE \(weight 1, base 1\), FARGATE_SPOT \(weight 4, base 0\), platform 1\.4\.0$/m,
  );
  assert.match(text, /^Deployed by: +CODE_DEPLOY$/m);
  assert.doesNotMatch(text, /DEPLOYMENT|EVENTS/);
});

Deno.test("a status as JSON is one object on one line", () => {
  const text = formatStatusObject({ ...status, profile: "prod" }, 1);
  assert.equal(text.indexOf("\n"), text.length - 1);
  assert.deepEqual(JSON.parse(text), {
    cluster: "main",
    service: "web",
    arn: service.arn,
    region: "us-east-1",
    account: "1",
    profile: "prod",
    status: "ACTIVE",
    desired: 4,
    running: 3,
    pending: 2,
    task_definition: "web:8",
    launch_type: "FARGATE",
    capacity_provider_strategy: [],
    platform_version: "1.4.0",
    deployment_controller: "ECS",
    circuit_breaker: { enabled: true, rollback: false },
    execute_command_enabled: true,
    tasks_with_exec: 1,
    tasks_without_exec: 2,
    created_at: null,
    deployments: [
      {
        id: "ecs-svc/2",
        status: "PRIMARY",
        task_definition: "web:8",
        desired: 4,
        running: 1,
        pending: 2,
        failed: 3,
        rollout_state: "IN_PROGRESS",
        rollout_state_reason: "ECS deployment ecs-svc/2 in progress.",
        created_at: "2023-01-02T23:58:00.000Z",
        updated_at: "2023-01-02T23:59:00.000Z",
      },
      {
        id: "ecs-svc/1",
        status: "ACTIVE",
        task_definition: "web:7",
        desired: 4,
        running: 2,
        pending: 0,
        failed: 0,
        rollout_state: "COMPLETED",
        rollout_state_reason: "ECS deployment ecs-svc/1 completed.",
        created_at: "2023-01-01T00:00:00.000Z",
        updated_at: null,
      },
    ],
    events: [{
      id: "e2",
      at: "2023-01-02T23:59:30.000Z",
      message: "(service web) was unable to place a task.\x1b[2J",
    }],
  });
});
