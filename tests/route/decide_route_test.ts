import assert from "node:assert/strict";
import type { PortholeError } from "../../src/errors.ts";
import { decideRoute, type RouteFacts } from "../../src/route/decide_route.ts";
import { ROUTING_TABLE, type RoutingRule } from "../../src/routing_table.ts";

const DEFAULT = { kind: "default" } as const;
const FACTS: RouteFacts = {
  via: { value: "auto", source: DEFAULT },
  ecsExec: undefined,
  generation: undefined,
  throughSessionManager: false,
  taskId: "0123456789abcdef0123456789abcdef",
  place: "main/web",
  launchType: "EC2",
  executeCommandEnabled: true,
  containerName: "web",
  agent: { status: "RUNNING" },
};
const VIA_DOCKER = {
  value: "docker",
  source: { kind: "flag", name: "--via" },
} as const;
const VIA_ECS_EXEC = {
  value: "ecs-exec",
  source: { kind: "env", name: "PORTHOLE_VIA" },
} as const;
const IN_FILE = { kind: "file", path: "e.yml", line: 2, column: 3 } as const;
const NO = { value: "No", source: IN_FILE } as const;
const YES = { value: "Yes", source: IN_FILE } as const;
const GENERATION_1 = { value: 1, source: IN_FILE } as const;

const DOCUMENTED =
  "cannot exec into Fargate task without ECS Exec enabled; set ECSExec=Yes on the rack and redeploy";
const WITHOUT_RACK =
  "cannot exec into Fargate task without ECS Exec enabled; turn it on and redeploy: porthole enable-exec main/web";

function decide(facts: Partial<RouteFacts>) {
  return decideRoute({ ...FACTS, ...facts });
}

function refusal(facts: Partial<RouteFacts>): PortholeError {
  const route = decide(facts);
  if (route.kind === "none") return route.error;
  throw new Error("it was not refused");
}

/** One test a row of the table; a new row does not compile without its test. */
const ROWS: Readonly<Record<RoutingRule, () => void>> = {
  no_daemon() {
    for (const launchType of ["FARGATE", "MANAGED_INSTANCES"]) {
      for (
        const [chosen, name, sentence] of [
          [{ via: VIA_DOCKER }, "--via is docker", WITHOUT_RACK],
          [{ ecsExec: NO }, "exec.ecs_exec (e.yml:2:3) is No", DOCUMENTED],
          [
            { generation: GENERATION_1 },
            "exec.generation (e.yml:2:3) is 1",
            DOCUMENTED,
          ],
        ] as const
      ) {
        const on = refusal({ ...chosen, launchType });
        assert.match(
          on.message,
          new RegExp(`no Docker daemon is reachable on ${launchType}$`),
        );
        assert.equal(on.code, "docker_unreachable");
        assert.ok(on.hint?.includes(name), name);
        const off = refusal({
          ...chosen,
          launchType,
          executeCommandEnabled: false,
        });
        assert.equal(off.code, "exec_not_enabled");
        assert.ok(off.hint?.includes(name), name);
        assert.match(
          `${off.message} ${off.hint}`,
          /porthole enable-exec main\/web/,
        );
        if (launchType === "FARGATE") assert.equal(off.message, sentence);
        else {assert.match(
            off.message,
            /no Docker daemon is reachable on MANAGED_INSTANCES$/,
          );}
      }
    }
    const plain = refusal({
      launchType: "FARGATE",
      executeCommandEnabled: false,
    });
    assert.equal(plain.message, WITHOUT_RACK);
    assert.equal(plain.hint, undefined);
    const ownTask = { place: undefined } as unknown as Partial<RouteFacts>;
    assert.match(
      refusal({
        launchType: "FARGATE",
        executeCommandEnabled: false,
        via: VIA_ECS_EXEC,
        ...ownTask,
      }).message,
      /enabled; start a new one with it: aws ecs run-task --enable-execute-command$/,
    );
  },
  via() {
    assert.equal(decide({ via: VIA_DOCKER, ecsExec: YES }).kind, "docker");
    assert.deepEqual(
      decide({ via: VIA_ECS_EXEC, ecsExec: NO, generation: GENERATION_1 }),
      { kind: "ecs_exec", because: "PORTHOLE_VIA is ecs-exec" },
    );
    const refused = refusal({
      via: VIA_ECS_EXEC,
      executeCommandEnabled: false,
    });
    assert.equal(refused.code, "exec_not_enabled");
    assert.match(
      refused.hint ?? "",
      /porthole enable-exec main\/web[^]*--via docker/,
    );
  },
  generation() {
    const route = decide({ generation: GENERATION_1, ecsExec: YES });
    assert.equal(route.kind, "docker");
    assert.equal(route.because, "exec.generation (e.yml:2:3) is 1");
  },
  ecs_exec() {
    assert.equal(decide({ ecsExec: NO }).kind, "docker");
    assert.equal(decide({ ecsExec: YES }).kind, "ecs_exec");
  },
  started_before() {
    for (const ecsExec of [undefined, YES]) {
      for (const launchType of ["EC2", "EXTERNAL"]) {
        const route = decide({
          executeCommandEnabled: false,
          ecsExec,
          launchType,
        });
        assert.equal(
          route.because,
          "the task was started without ECS Exec",
        );
        assert.equal(route.kind, "docker");
        if (route.kind !== "docker") continue;
        assert.match(route.warning, /because the task was started without/);
        assert.match(route.warning, /local, and CloudTrail will not record it/);
        assert.match(
          (decide({
            executeCommandEnabled: false,
            throughSessionManager: true,
          }) as typeof route).warning,
          /on the container instance, and CloudTrail records it as such/,
        );
        assert.match(
          route.warning,
          /redeploy to get ECS Exec: porthole enable-exec main\/web$/,
        );
      }
    }
  },
  otherwise() {
    assert.equal(decide({}).kind, "ecs_exec");
    assert.equal(decide({ launchType: "FARGATE" }).kind, "ecs_exec");
    // An agent that is starting is no obstacle, and one that nobody tells of is left for AWS to judge.
    assert.equal(decide({ agent: { status: "PENDING" } }).kind, "ecs_exec");
    assert.equal(decide({ agent: undefined }).kind, "ecs_exec");
    const agent = { status: "STOPPED", reason: "it crashed" };
    const stopped = refusal({ agent });
    assert.equal(stopped.code, "agent_not_running");
    assert.match(stopped.message, /is STOPPED \(it crashed\)/);
    assert.match(stopped.hint ?? "", /--via docker/);
    assert.doesNotMatch(
      refusal({ agent, launchType: "FARGATE" }).hint ?? "",
      /--via docker/,
    );
  },
};

Deno.test("a task of no service is started anew, not deployed", () => {
  const { place: _, ...alone } = { ...FACTS, executeCommandEnabled: false };
  const route = decideRoute(alone);
  assert.ok(route.kind === "docker");
  assert.match(
    route.warning,
    /start a new task to get ECS Exec: aws ecs run-task --enable-execute-command$/,
  );
});

for (const [number, { rule, when, then }] of ROUTING_TABLE.entries()) {
  Deno.test(`row ${number}: ${when}: ${then}`, ROWS[rule]);
}

Deno.test("a task that is still to be started has no id, and no service to enable it for", () => {
  const planned = { taskId: undefined, agent: undefined };
  assert.equal(
    decide(planned).because,
    "the task is started with ECS Exec",
  );
  const fargate = refusal({
    ...planned,
    launchType: "FARGATE",
    ecsExec: NO,
    executeCommandEnabled: false,
  });
  assert.equal(fargate.message, DOCUMENTED);
  assert.match(fargate.hint ?? "", /exec\.ecs_exec \(e\.yml:2:3\) is No/);
  assert.match(fargate.hint ?? "", /run -d starts the task without a session/);
  assert.doesNotMatch(fargate.hint ?? "", /update-service|enable-exec/);
  const managed = refusal({
    ...planned,
    launchType: "MANAGED_INSTANCES",
    via: VIA_DOCKER,
  });
  assert.match(
    managed.message,
    /^Cannot exec into the new task through Docker/,
  );
});
