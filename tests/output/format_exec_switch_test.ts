import assert from "node:assert/strict";
import { PortholeError } from "../../src/errors.ts";
import {
  formatExecSwitch,
  formatProgress,
  formatSwitchQuestion,
} from "../../src/output/format_exec_switch.ts";
import { service } from "../service/fake_service.ts";

const TASKS = {
  desired: 3,
  ready: 1,
  waiting: 0,
  starting: 0,
  left: 0,
  failed: 0,
};

Deno.test("a confirmation names account, region, cluster, service and the tasks to be replaced", () => {
  const question = {
    enable: true,
    region: "us-east-1",
    service: service(),
    replaced: 2,
  };
  assert.equal(
    formatSwitchQuestion(question),
    "Turn ECS Exec on:\n" +
      "  account  1\n" +
      "  region   us-east-1\n" +
      "  cluster  main\n" +
      "  service  web\n" +
      "  tasks    2 will be replaced by a new deployment of web:7\n",
  );
  assert.match(
    formatSwitchQuestion({ ...question, enable: false, replaced: 0 }),
    /^Turn ECS Exec off:\n[^]* {2}tasks {4}none will be replaced\n$/,
  );
});

Deno.test("progress names what there is of each kind alone", () => {
  assert.equal(formatProgress(TASKS, true), "1 of 3 tasks with ECS Exec");
  assert.equal(
    formatProgress(
      { desired: 1, ready: 0, waiting: 1, starting: 2, left: 3, failed: 4 },
      false,
    ),
    "0 of 1 task without ECS Exec, 2 starting, 1 waiting for the agent, 3 old, 4 failed to start",
  );
});

Deno.test("the object has all its keys, also where nothing is known", () => {
  const error = new PortholeError("no_service", "Cannot continue: no service");
  assert.deepEqual(
    JSON.parse(
      formatExecSwitch({ enable: true, changed: false, status: 1, error }),
    ),
    {
      action: "enable-exec",
      region: null,
      account: null,
      profile: null,
      cluster: null,
      service: null,
      changed: false,
      deployment: null,
      tasks: null,
      remaining: null,
      started_at: null,
      ended_at: null,
      status: 1,
      error: { code: "no_service", message: "Cannot continue: no service" },
    },
  );
  const done = formatExecSwitch({
    enable: false,
    region: "us-east-1",
    account: "1",
    cluster: "main",
    service: "web",
    changed: true,
    deployment: "ecs-svc/2",
    tasks: TASKS,
    remaining: ["old"],
    summary: "not for programs",
    startedAt: new Date(0),
    endedAt: new Date(1000),
    status: 0,
  });
  assert.equal(
    done,
    '{"action":"disable-exec","region":"us-east-1","account":"1","profile":null,"cluster":"main","service":"web","changed":true,"deployment":"ecs-svc/2","tasks":{"desired":3,"ready":1,"waiting":0,"starting":0,"left":0,"failed":0},"remaining":["old"],"started_at":"1970-01-01T00:00:00.000Z","ended_at":"1970-01-01T00:00:01.000Z","status":0}\n',
  );
});
