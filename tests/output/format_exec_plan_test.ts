import assert from "node:assert/strict";
import {
  type ExecPlan,
  formatExecPlan,
} from "../../src/output/format_exec_plan.ts";

const PLAN: ExecPlan = {
  cluster: { value: "default", source: "ecspresso.yml:1:1" },
  service: { value: "web", source: "TARGET" },
  task: "0123456789abcdef0123456789abcdef",
  container: { value: "app", source: "the task definition" },
  runtimeId: "0123456789abcdef0123456789abcdef-1",
  region: { value: "us-east-1", source: "AWS_REGION" },
  account: "123456789012",
  profile: { value: "prod", source: "--profile" },
  route: { kind: "ecs_exec", because: "the task was started with ECS Exec" },
  client: "builtin",
  clientBecause: "it was requested",
  command: "ls -la",
  env: [],
  interactive: false,
  stdin: false,
  binary: true,
  stderr: "merge",
  keepAlive: false,
  timeout: { value: "10m", source: "default" },
};

Deno.test("a plan for people", () => {
  assert.equal(
    formatExecPlan(PLAN, "text"),
    `Account:     123456789012
Profile:     prod (--profile)
Region:      us-east-1 (AWS_REGION)
Cluster:     default (ecspresso.yml:1:1)
Service:     web (TARGET)
Task:        0123456789abcdef0123456789abcdef
Container:   app (the task definition)
Route:       ecs-exec (the task was started with ECS Exec)
Session:     built-in client (it was requested)
Command:     ls -la
Streams:     not interactive, stdin is not read, output is byte-exact
Exit status: the command's own
Timeout:     10m (default), until the command ends
Dry run: nothing was started
`,
  );
});

Deno.test("a plan of an interactive session through the plugin", () => {
  const { service: _, ...withoutService } = PLAN;
  const text = formatExecPlan({
    ...withoutService,
    client: "plugin",
    interactive: true,
    stdin: true,
    statusUnknown: "session-manager-plugin does not report it",
    user: "app",
    workdir: "/srv",
    env: ["A", "B"],
  }, "text");
  assert.doesNotMatch(text, /^Service:/m);
  assert.match(text, /^User: {8}app$/m);
  assert.match(text, /^Directory: {3}\/srv$/m);
  assert.match(text, /^Variables: {3}A, B$/m);
  assert.match(text, /^Streams: {5}interactive$/m);
  assert.match(text, /^Exit status: unknown \(session-manager-plugin/m);
  assert.match(text, /until the session is open$/m);
});

Deno.test("a plan for machines has these keys", () => {
  const text = formatExecPlan(PLAN, "json");
  assert.equal(text.indexOf("\n"), text.length - 1);
  assert.deepEqual(JSON.parse(text), {
    dry_run: true,
    cluster: "default",
    service: "web",
    task: "0123456789abcdef0123456789abcdef",
    container: "app",
    runtime_id: "0123456789abcdef0123456789abcdef-1",
    region: "us-east-1",
    account: "123456789012",
    profile: "prod",
    sources: {
      cluster: "ecspresso.yml:1:1",
      service: "TARGET",
      container: "the task definition",
      region: "AWS_REGION",
      profile: "--profile",
      timeout: "default",
    },
    route: { kind: "ecs_exec", because: "the task was started with ECS Exec" },
    carrier: "builtin",
    carrier_because: "it was requested",
    command: "ls -la",
    user: null,
    workdir: null,
    env: [],
    status_known: true,
    interactive: false,
    stdin: false,
    binary: true,
    stderr: "merge",
    keep_alive: false,
    timeout: "10m",
  });
});
