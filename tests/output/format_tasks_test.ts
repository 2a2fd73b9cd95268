import assert from "node:assert/strict";
import type {
  ListedContainer,
  ListedTask,
  TaskList,
} from "../../src/output/task_list.ts";
import { formatTasks } from "../../src/output/format_tasks.ts";
import { container, task } from "../target/fake_access.ts";

const now = new Date("2023-01-03T00:00:00Z");

function listed(name: string, fields: Partial<ListedContainer> = {}) {
  return {
    ...container(name),
    agent: { status: "RUNNING" },
    route: {
      kind: "ecs_exec",
      because: "the task was started with ECS Exec",
    },
    ...fields,
  } as const;
}

const web: ListedTask = {
  ...task("0123456789abcdef0123456789abcdef"),
  service: "web",
  health: "HEALTHY",
  launchType: "FARGATE",
  platformVersion: "1.4.0",
  privateIp: "10.0.1.7",
  createdAt: new Date("2022-12-31T23:59:00Z"),
  containers: [
    listed("app", { agent: { status: "PENDING" } }),
    listed("sidecar"),
  ],
};

const legacy: ListedTask = {
  ...task("0123456789ab00000000000000000000", {
    launchType: "EC2",
    startedAt: new Date("2023-01-02T23:55:00Z"),
    containerInstanceArn: "arn:aws:ecs:us-east-1:1:container-instance/main/" +
      "fedcba9876543210fedcba9876543210",
    taskDefinitionArn: "arn:aws:ecs:us-east-1:1:task-definition/legacy:12",
    executeCommandEnabled: false,
  }),
  service: "legacy",
  containers: [{
    ...container("legacy"),
    route: {
      kind: "docker",
      because: "the task was started without ECS Exec",
      warning: "not shown",
    },
  }],
};

const failed: ListedTask = {
  ...task("fedcba98765432100123456789abcdef", {
    status: "STOPPED",
    desiredStatus: "STOPPED",
    stopCode: "EssentialContainerExited",
    stoppedReason: "Essential container\tin task exited",
    stoppedAt: new Date("2023-01-02T23:50:00Z"),
  }),
  containers: [{
    ...container("job", "STOPPED"),
    exitCode: 137,
    reason: "OutOfMemoryError: killed",
    route: { kind: "none", because: "the task is STOPPED" },
  }],
};

/** It has just been placed, and nothing more is known of it. */
const placed: ListedTask = {
  id: "9".repeat(32),
  arn: `arn:aws:ecs:us-east-1:1:task/main/${"9".repeat(32)}`,
  clusterArn: "",
  status: "PROVISIONING",
  desiredStatus: "RUNNING",
  taskDefinitionArn: "",
  executeCommandEnabled: true,
  containers: [],
};

const all: TaskList = {
  cluster: "main",
  region: "us-east-1",
  tasks: [legacy, web, failed, placed],
};
const ofWeb: TaskList = { ...all, service: "web", tasks: [web] };

Deno.test("the table has a row for each container, and nothing is cut where there is no terminal", () => {
  assert.equal(
    formatTasks(all, "table", { now }),
    `\
TASK                              SERVICE  STATUS        HEALTH   AGE  LAUNCH TYPE  PLACE         PRIVATE IP  DEFINITION  CONTAINER  AGENT    ROUTE     REASON
0123456789ab00000000000000000000  legacy   RUNNING       -        5m   EC2          fedcba987654  -           legacy:12   legacy     -        docker    without ECS Exec
0123456789abcdef0123456789abcdef  web      RUNNING       HEALTHY  2d   FARGATE      us-east-1a    10.0.1.7    web:7       app        PENDING  ecs-exec  with ECS Exec
                                                                                                                          sidecar    RUNNING  ecs-exec  with ECS Exec
fedcba98765432100123456789abcdef  -        STOPPED       -        2d   -            us-east-1a    -           web:7       job        -        -         10m ago: Essential container\\u0009in task exited (exit status 137, OutOfMemoryError: killed)
99999999999999999999999999999999  -        PROVISIONING  -        -    -            -             -           -           -          -        -         -
`,
  );
});

Deno.test("the table of one service does not name it again", () => {
  assert.equal(
    formatTasks(ofWeb, "table", { now, width: 80 }),
    `\
TASK          STATUS   HEALTH   AGE  DEFINITION  CONTAINER  AGENT    ROUTE
0123456789ab  RUNNING  HEALTHY  2d   web:7       app        PENDING  ecs-exec
                                                 sidecar    RUNNING  ecs-exec
`,
  );
});

Deno.test("sixty columns hold what matters, and below it why a container is not reached as usual", () => {
  const text = formatTasks(all, "table", { now, width: 60 });
  assert.equal(
    text,
    `\
TASK           SERVICE  HEALTH   CONTAINER  ROUTE
0123456789ab0  legacy   -        legacy     docker
    the task was started without ECS Exec
0123456789abc  web      HEALTHY  app        ecs-exec
                                 sidecar    ecs-exec
fedcba9876543  -        -        job        -
    10m ago: Essential container\\u0009in task exited (exit
    status 137, OutOfMemoryError: killed)
9999999999999  -        -        -          -
`,
  );
});

Deno.test("no table is wider than its terminal", () => {
  for (let width = 30; width < 220; width++) {
    for (const line of formatTasks(all, "table", { now, width }).split("\n")) {
      assert.ok(line.length <= width, `${width}: ${line}`);
    }
  }
});

Deno.test("no tasks are no table", () => {
  const none = { ...all, tasks: [] };
  assert.equal(formatTasks(none, "table", { now }), "");
  assert.equal(formatTasks(none, "tsv", { now }).split("\n").length, 2);
  const object = JSON.parse(formatTasks(none, "json", { now }));
  assert.deepEqual([object.tasks, object.account, object.profile], [
    [],
    null,
    null,
  ]);
});

Deno.test("TSV names its columns, and has a line for each container", () => {
  assert.equal(
    formatTasks(all, "tsv", { now }),
    [
      "task,service,status,health,started_at,launch_type,availability_zone," +
      "container_instance,task_definition,container,container_status,agent," +
      "route,because,stopped_at,stop_code,stopped_reason,exit_code,reason,private_ip",
      "0123456789ab00000000000000000000,legacy,RUNNING,,2023-01-02T23:55:00.000Z," +
      "EC2,us-east-1a,fedcba9876543210fedcba9876543210,legacy:12,legacy,RUNNING," +
      ",docker,the task was started without ECS Exec,,,,,,",
      "0123456789abcdef0123456789abcdef,web,RUNNING,HEALTHY," +
      "2023-01-01T00:00:00.000Z,FARGATE,us-east-1a,,web:7,app,RUNNING,PENDING," +
      "ecs_exec,the task was started with ECS Exec,,,,,,10.0.1.7",
      "0123456789abcdef0123456789abcdef,web,RUNNING,HEALTHY," +
      "2023-01-01T00:00:00.000Z,FARGATE,us-east-1a,,web:7,sidecar,RUNNING," +
      "RUNNING,ecs_exec,the task was started with ECS Exec,,,,,,10.0.1.7",
      "fedcba98765432100123456789abcdef,,STOPPED,,2023-01-01T00:00:00.000Z,," +
      "us-east-1a,,web:7,job,STOPPED,,none,the task is STOPPED," +
      "2023-01-02T23:50:00.000Z,EssentialContainerExited," +
      "Essential container\\u0009in task exited,137,OutOfMemoryError: killed,",
      "99999999999999999999999999999999,,PROVISIONING,,,,,,,,,,,,,,,,,",
      "",
    ].join("\n").replaceAll(",", "\t"),
  );
});

Deno.test("JSON is one object on one line, where what is not known is null", () => {
  const text = formatTasks(
    {
      ...all,
      account: "123456789012",
      profile: "prod",
      tasks: [web, failed, placed],
    },
    "json",
    {
      now,
    },
  );
  assert.equal(text.indexOf("\n"), text.length - 1);
  const empty = {
    service: null,
    health: null,
    created_at: null,
    started_at: null,
    stopped_at: null,
    stop_code: null,
    stopped_reason: null,
    launch_type: null,
    capacity_provider: null,
    platform_version: null,
    availability_zone: null,
    container_instance: null,
    private_ip: null,
  };
  const known = {
    name: "app",
    status: "RUNNING",
    health: null,
    runtime_id: "app-1",
    exit_code: null,
    reason: null,
    agent: { status: "PENDING", reason: null, started_at: null },
    route: {
      kind: "ecs_exec",
      because: "the task was started with ECS Exec",
    },
  };
  assert.deepEqual(JSON.parse(text), {
    cluster: "main",
    service: null,
    region: "us-east-1",
    account: "123456789012",
    profile: "prod",
    tasks: [
      {
        ...empty,
        id: web.id,
        arn: web.arn,
        service: "web",
        status: "RUNNING",
        desired_status: "RUNNING",
        health: "HEALTHY",
        created_at: "2022-12-31T23:59:00.000Z",
        started_at: "2023-01-01T00:00:00.000Z",
        launch_type: "FARGATE",
        platform_version: "1.4.0",
        availability_zone: "us-east-1a",
        task_definition: "web:7",
        execute_command_enabled: true,
        private_ip: "10.0.1.7",
        containers: [known, {
          ...known,
          name: "sidecar",
          runtime_id: "sidecar-1",
          agent: { ...known.agent, status: "RUNNING" },
        }],
      },
      {
        ...empty,
        id: failed.id,
        arn: failed.arn,
        status: "STOPPED",
        desired_status: "STOPPED",
        started_at: "2023-01-01T00:00:00.000Z",
        stopped_at: "2023-01-02T23:50:00.000Z",
        stop_code: "EssentialContainerExited",
        stopped_reason: "Essential container\tin task exited",
        availability_zone: "us-east-1a",
        task_definition: "web:7",
        execute_command_enabled: true,
        containers: [{
          ...known,
          name: "job",
          status: "STOPPED",
          runtime_id: "job-1",
          exit_code: 137,
          reason: "OutOfMemoryError: killed",
          agent: null,
          route: { kind: "none", because: "the task is STOPPED" },
        }],
      },
      {
        ...empty,
        id: placed.id,
        arn: placed.arn,
        status: "PROVISIONING",
        desired_status: "RUNNING",
        task_definition: null,
        execute_command_enabled: true,
        containers: [],
      },
    ],
  });
});
