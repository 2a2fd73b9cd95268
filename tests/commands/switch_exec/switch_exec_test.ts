import assert from "node:assert/strict";
import type {
  AwsAccess,
  Service,
  ServiceUpdate,
} from "../../../src/access/access.ts";
import { CancelledBySignal } from "../../../src/cancelled_by_signal.ts";
import { switchService } from "../../../src/commands/switch_exec/switch_exec.ts";
import type { SwitchedService } from "../../../src/commands/switch_exec/switched_service.ts";
import { PortholeError } from "../../../src/errors.ts";
import type { RolloutLook } from "../../../src/service/judge_rollout.ts";
import { recordLog } from "../../exec/fake_log.ts";
import {
  deployment,
  execTask,
  look,
  NEW,
  OLD,
  service,
} from "../../service/fake_service.ts";
import { fakeAccess } from "../../target/fake_access.ts";

/** Switches a service that looks so, as `porthole enable-exec -y` does, unless told otherwise. */
async function change(
  seen: RolloutLook,
  { enable = true, yes = true, wait = false, answer = "", update, parts = {} }:
    {
      readonly enable?: boolean;
      readonly yes?: boolean;
      readonly wait?: boolean;
      /** What is typed; without any there is no terminal. */
      readonly answer?: string;
      readonly update?: () => Promise<Service>;
      readonly parts?: Partial<AwsAccess>;
    } = {},
) {
  const updates: ServiceUpdate[] = [];
  const { log, said } = recordLog();
  let result: Record<string, unknown> = {};
  let screen = "";
  const access = fakeAccess({
    updateService: (_cluster, _service, how) => {
      updates.push(how);
      return update?.() ??
        Promise.resolve(service({ deployments: [deployment(NEW)] }));
    },
    describeTaskDefinition: (arn) =>
      Promise.resolve({
        arn,
        networkMode: "awsvpc",
        taskRoleArn: "arn:aws:iam::1:role/web",
        containers: [],
      }),
    ...parts,
  });
  const place = {
    invocation: { enable, yes, wait, shared: { logFormat: "text" } },
    config: { timeoutMs: { value: 0 } },
    access,
    cluster: "main",
    service: "web",
    log,
    cancellation: {
      orCancelled: (work: Promise<unknown>) => work,
      isCancelled: () => false,
      deps: {
        now: () => new Date("2023-01-01T00:00:00Z"),
        sleep: () => Promise.resolve(),
        env: () => undefined,
        onSignal: () => () => {},
        stdin: {
          isTerminal: answer !== "",
          open: () =>
            ReadableStream.from([new TextEncoder().encode(`${answer}\n`)]),
        },
        stderr: {
          isTerminal: answer !== "",
          writeText: (text: string) => screen += text,
        },
      },
    },
    learn: (facts: object) => result = { ...result, ...facts },
  } as unknown as SwitchedService;
  const told = await switchService(place, seen).catch((error) => error);
  return { told, updates, said, result, screen, calls: access.calls };
}

const ON = look([execTask("1", "RUNNING")]);
const WITHOUT = look([execTask("1", undefined)], {
  executeCommandEnabled: false,
  deployments: [deployment(OLD)],
});

Deno.test("a service that is as wanted is left alone", async () => {
  const { told, updates, calls } = await change(ON);
  assert.equal(
    told,
    'ECS Exec is on for service "web" of cluster "main" already, and every running task has it (1 task)',
  );
  assert.deepEqual([updates, calls], [[], []]);
});

Deno.test("a service without it is updated, its tasks are replaced, and the deployment is named", async () => {
  const { told, updates, result } = await change(WITHOUT);
  assert.deepEqual(updates, [
    { executeCommandEnabled: true, forceNewDeployment: true },
  ]);
  assert.match(
    told,
    /^ECS Exec is on .*; deployment ecs-svc\/2 replaces 1 task$/,
  );
  assert.deepEqual(
    [result["changed"], result["deployment"], result["account"]],
    [true, NEW, "1"],
  );
});

Deno.test("a service without tasks needs no deployment", async () => {
  const { told, updates } = await change(
    look([], { executeCommandEnabled: false, running: 0 }),
  );
  assert.deepEqual(updates, [
    { executeCommandEnabled: true, forceNewDeployment: false },
  ]);
  assert.match(told, /; no task had to be replaced$/);
});

Deno.test("turning it off asks nothing about what could keep it from working", async () => {
  const { updates, calls } = await change(ON, { enable: false });
  assert.deepEqual(updates, [
    { executeCommandEnabled: false, forceNewDeployment: true },
  ]);
  assert.deepEqual(calls, ["updateService"]);
});

Deno.test("a service that is going away is not touched", async () => {
  const { told, updates } = await change(look([], { status: "DRAINING" }));
  assert.deepEqual([told.code, updates], ["service_unsuitable", []]);
  assert.match(told.message, /it is DRAINING$/);
});

Deno.test("tasks that ECS cannot replace: what to deploy instead, before anything is changed", async () => {
  const { told, updates } = await change(
    {
      ...WITHOUT,
      service: { ...WITHOUT.service, deploymentController: "CODE_DEPLOY" },
    },
  );
  assert.deepEqual([told.code, updates], ["service_unsuitable", []]);
  assert.match(told.hint, /aws ecs update-service .* --enable-execute-command/);
  assert.match(told.hint, /create-deployment/);
});

Deno.test("tasks that could not have it are not replaced for nothing", async () => {
  const { told, updates } = await change(WITHOUT, {
    parts: {
      describeTaskDefinition: (arn) =>
        Promise.resolve({ arn, networkMode: "awsvpc", containers: [] }),
    },
  });
  assert.deepEqual([told.code, updates], ["service_unsuitable", []]);
  assert.match(told.hint, /role/);
});

for (const answer of ["y", "Yes", "n", "yess", "  "] as const) {
  const goesOn = /^y(es)?$/i.test(answer);
  Deno.test(`asked, ${JSON.stringify(answer)} ${goesOn ? "goes on" : "changes nothing"}`, async () => {
    const { told, updates, screen } = await change(WITHOUT, {
      yes: false,
      answer,
    });
    assert.match(
      screen,
      /^Turn ECS Exec on:\n[^]*account +1\n[^]*Continue\? \[y\/N\] /,
    );
    assert.equal(updates.length, goesOn ? 1 : 0);
    if (!goesOn) assert.equal(told.code, "cancelled");
  });
}

Deno.test("without a terminal and without --yes nothing is changed, and it says what would be", async () => {
  const { told, updates } = await change(WITHOUT, { yes: false });
  assert.deepEqual([told.code, updates], ["no_choice", []]);
  assert.match(told.hint, /--yes .* account 1\) 1 task would be replaced$/);
  // They have it already, and only the setting is off.
  const setting = await change(
    look([execTask("1", "RUNNING")], { executeCommandEnabled: false }),
    { yes: false },
  );
  assert.match(setting.told.hint, / 0 tasks would be replaced$/);
});

Deno.test("who stops waiting for the update is told that it may have been made", async () => {
  for (
    const error of [
      new CancelledBySignal("SIGINT"),
      new PortholeError("timed_out", "Cannot wait any longer"),
    ]
  ) {
    const { told, result, said } = await change(WITHOUT, {
      update: () => Promise.reject(error),
    });
    assert.equal(told, error);
    assert.ok("changed" in result && result["changed"] === undefined);
    assert.deepEqual(said, [
      "warn: The service may have been updated: check with porthole status main/web",
    ]);
  }
  const refused = await change(WITHOUT, {
    update: () => Promise.reject(new PortholeError("access_denied", "No")),
  });
  assert.equal(refused.told.code, "access_denied");
  assert.deepEqual([refused.said, "changed" in refused.result], [[], false]);
});

Deno.test("a deployment that is under way is followed, or named", async () => {
  const underWay = look([execTask("1", undefined)], {
    deployments: [deployment(NEW, { rolloutState: "IN_PROGRESS", running: 0 })],
  });
  const { told, updates, result } = await change(underWay);
  assert.match(told, /already, and deployment ecs-svc\/2 is under way$/);
  assert.deepEqual([updates, result["deployment"]], [[], NEW]);

  const followed = await change(underWay, {
    wait: true,
    parts: {
      describeService: () => Promise.resolve(ON.service),
      listTasks: () => Promise.resolve(ON.tasks),
    },
  });
  assert.match(followed.told, /, and every running task has it \(1 task\)$/);
  assert.ok(
    followed.said.includes(
      "info: Already requested; following deployment ecs-svc/2",
    ),
  );
});
