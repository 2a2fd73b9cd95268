import assert from "node:assert/strict";
import {
  formatRunPlan,
  type RunPlan,
} from "../../src/output/format_run_plan.ts";

const PLAN: RunPlan = {
  region: { value: "us-east-1", source: "AWS_REGION" },
  account: "123456789012",
  profile: { value: "prod", source: "--profile" },
  cluster: { value: "default", source: "ecspresso.yml:1:1" },
  service: "web",
  taskDefinition: { value: "web:7", source: "the service" },
  container: { value: "app", source: "the task definition" },
  launch: "FARGATE",
  platformVersion: "1.4.0",
  subnets: ["subnet-1", "subnet-2"],
  securityGroups: ["sg-1"],
  executeCommand: true,
  env: ["A"],
  tags: ["team"],
  count: 1,
  command: "ls -la",
  session: {
    route: { kind: "ecs_exec", because: "the task is started with ECS Exec" },
    client: "builtin",
    clientBecause: "it was requested",
    maxDuration: "1h",
    replaceEntryPoint: true,
  },
  timeout: { value: "10m", source: "default" },
};
const { command: _command, session: _session, ...DETACHED } = PLAN;

Deno.test("a plan of a run for people", () => {
  assert.equal(
    formatRunPlan(PLAN, "text"),
    `Account:         123456789012
Profile:         prod (--profile)
Region:          us-east-1 (AWS_REGION)
Cluster:         default (ecspresso.yml:1:1)
Service:         web
Task definition: web:7 (the service)
Container:       app (the task definition)
Launch:          FARGATE
Platform:        1.4.0
Subnets:         subnet-1, subnet-2
Security groups: sg-1
ECS Exec:        on
Variables:       A
Tags:            team
Command:         ls -la
Route:           ecs-exec (the task is started with ECS Exec)
Session:         built-in client (it was requested)
Entry point:     replaced, in a temporary task definition
Ends:            with the session, at the latest after 1h
Timeout:         10m (default)
Dry run: nothing was started
`,
  );
});

Deno.test("a plan of tasks that are left to themselves", () => {
  const text = formatRunPlan({ ...DETACHED, count: 3, cpu: "512" }, "text");
  assert.match(text, /^CPU: {13}512$/m);
  assert.match(text, /^Tasks: {11}3$/m);
  assert.match(text, /^Command: {9}the container's default command$/m);
  assert.match(
    text,
    /^Ends: {12}when its command ends; porthole does not stop it$/m,
  );
  assert.doesNotMatch(text, /Route|Session|Entry/);
});

Deno.test("a plan of a run for programs", () => {
  assert.deepEqual(JSON.parse(formatRunPlan(PLAN, "json")), {
    dry_run: true,
    cluster: "default",
    service: "web",
    task_definition: "web:7",
    container: "app",
    region: "us-east-1",
    account: "123456789012",
    profile: "prod",
    sources: {
      cluster: "ecspresso.yml:1:1",
      task_definition: "the service",
      container: "the task definition",
      region: "AWS_REGION",
      profile: "--profile",
      timeout: "default",
    },
    launch: "FARGATE",
    platform_version: "1.4.0",
    subnets: ["subnet-1", "subnet-2"],
    security_groups: ["sg-1"],
    execute_command: true,
    cpu: null,
    memory: null,
    env: ["A"],
    tags: ["team"],
    count: 1,
    command: "ls -la",
    detached: false,
    route: PLAN.session?.route,
    carrier: "builtin",
    carrier_because: "it was requested",
    max_duration: "1h",
    replace_entrypoint: true,
    timeout: "10m",
  });
  const detached = JSON.parse(formatRunPlan(DETACHED, "json"));
  assert.deepEqual(
    [detached.detached, detached.command, detached.route, detached.carrier],
    [true, null, null, null],
  );
});
