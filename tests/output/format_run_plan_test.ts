import assert from "node:assert/strict";
import {
  formatRunPlan,
  type RunPlan,
} from "../../src/output/format_run_plan.ts";

const PLAN: RunPlan = {
  region: { value: "us-east-1", source: "AWS_REGION" },
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
    carrier: "builtin",
    carrierBecause: "it was asked for",
    maxDuration: "1h",
    replaceEntryPoint: true,
  },
  timeout: { value: "10m", source: "default" },
};
const { command: _command, session: _session, ...DETACHED } = PLAN;

Deno.test("a plan of a run for people", () => {
  assert.equal(
    formatRunPlan(PLAN, "text"),
    `Region:          us-east-1 (AWS_REGION)
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
Route:           ecs_exec: the task is started with ECS Exec
Session:         builtin: it was asked for
Entry point:     replaced, in a temporary task definition
Ends:            with the session, and by itself after 1h
Timeout:         10m (default)
Nothing was started: this is a dry run
`,
  );
});

Deno.test("a plan of tasks that are left to themselves", () => {
  const text = formatRunPlan({ ...DETACHED, count: 3, cpu: "512" }, "text");
  assert.match(text, /^CPU: {13}512$/m);
  assert.match(text, /^Tasks: {11}3$/m);
  assert.match(text, /^Command: {9}what the container always runs$/m);
  assert.match(text, /^Ends: {12}by itself: nobody stops it$/m);
  assert.doesNotMatch(text, /Route|Session|Entry/);
});

Deno.test("a plan of a run for programs", () => {
  assert.deepEqual(JSON.parse(formatRunPlan(PLAN, "json")), {
    dry_run: true,
    region: PLAN.region,
    cluster: PLAN.cluster,
    service: "web",
    task_definition: PLAN.taskDefinition,
    container: PLAN.container,
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
    carrier: { kind: "builtin", because: "it was asked for" },
    max_duration: "1h",
    replace_entrypoint: true,
    timeout: PLAN.timeout,
  });
  const detached = JSON.parse(formatRunPlan(DETACHED, "json"));
  assert.deepEqual(
    [detached.detached, detached.command, detached.route, detached.carrier],
    [true, null, null, null],
  );
});
