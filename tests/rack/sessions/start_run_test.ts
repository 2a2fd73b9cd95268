import assert from "node:assert/strict";
import type {
  Service,
  StartRequest,
  TaskDefinition,
} from "../../../src/access/access.ts";
import type { PortholeError } from "../../../src/errors.ts";
import type { AuditEntry } from "../../../src/rack/audit_entry.ts";
import { AuditRefusal, Refusal } from "../../../src/rack/refusal.ts";
import type { RunCall } from "../../../src/rack/sessions/session_call.ts";
import type { SessionPorts } from "../../../src/rack/sessions/session_ports.ts";
import { startRun } from "../../../src/rack/sessions/start_run.ts";

const CALL: RunCall = {
  caller: { name: "ann", id: "id-of-ann", address: "192.0.2.1" },
  app: "prod",
  generation: 2,
  service: "web",
  command: "rake db:migrate",
  environment: [{ name: "TOKEN", value: "s3cret" }],
};

const CONTAINER = {
  name: "main",
  essential: true,
  environment: [],
  secrets: [],
  readonlyRootFilesystem: false,
  initProcessEnabled: false,
};

function start(
  call: Partial<RunCall> = {},
  { definition = {}, service = {}, ecsExec = "Yes", audit, answer }: {
    readonly definition?: Partial<TaskDefinition>;
    readonly service?: Partial<Service>;
    readonly ecsExec?: "Yes" | "No";
    readonly audit?: () => Promise<void>;
    readonly answer?: object;
  } = {},
) {
  const requests: StartRequest[] = [];
  const entries: AuditEntry[] = [];
  const ports = {
    rack: "blue",
    access: {
      describeService: () =>
        Promise.resolve({
          clusterArn: "arn:cluster/prod",
          taskDefinitionArn: "arn:task-definition/web:7",
          capacityProviderStrategy: [],
          launchType: "FARGATE",
          platformVersion: "1.4.0",
          network: {
            subnets: ["s"],
            securityGroups: [],
            assignPublicIp: false,
          },
          ...service,
        }),
      describeTaskDefinition: () =>
        Promise.resolve({
          arn: "arn:task-definition/web:7",
          containers: [CONTAINER, { ...CONTAINER, name: "sidecar" }],
          networkMode: "awsvpc",
          taskRoleArn: "arn:role",
          ...definition,
        }),
      startTasks: (request: StartRequest) => {
        requests.push(request);
        return Promise.resolve(
          answer ?? { tasks: [{ id: "1" }], failures: [] },
        );
      },
    },
    audit: {
      write: (entry: AuditEntry) => {
        entries.push(entry);
        return audit?.() ?? Promise.resolve();
      },
    },
    readEcsExec: () => Promise.resolve(ecsExec),
  } as unknown as SessionPorts;
  return { run: startRun({ ...CALL, ...call }, ports), requests, entries };
}

Deno.test("a run is one task like the service's, tagged as its caller's, with ECS Exec as the rack has it", async () => {
  const { run, requests, entries } = start({ memory: 512 });
  assert.equal((await run).id, "1");
  const [request] = requests;
  assert.deepEqual(request?.tags, [
    { key: "porthole:rack", value: "blue" },
    { key: "porthole:user", value: "id-of-ann" },
    { key: "porthole:service", value: "web" },
  ]);
  assert.equal(request.count, 1);
  assert.equal(request.propagateTags, false);
  assert.equal(request.executeCommand, true);
  assert.equal(request.platformVersion, "1.4.0");
  const [main, ...others] = request.overrides.containerOverrides ?? [];
  assert.deepEqual(others, []);
  assert.equal(main?.name, "main");
  assert.equal(main.memory, 512);
  assert.equal(main.command?.at(-1), "rake db:migrate");
  assert.deepEqual(main.environment, CALL.environment);
  assert.deepEqual(entries.map(({ event, command }) => [event, command]), [
    ["run", "rake db:migrate"],
  ]);
  assert.doesNotMatch(JSON.stringify(entries), /s3cret/);
});

Deno.test("what fits the service alone is left out where it would not: a platform of EC2, a network of bridges, ECS Exec", async () => {
  for (
    const [call, more, wanted] of [
      [{}, { service: { launchType: "EC2" } }, { platformVersion: undefined }],
      [{}, {
        service: {
          capacityProviderStrategy: [
            { name: "FARGATE_SPOT", weight: 1, base: 0 },
            { name: "machines", weight: 1, base: 0 },
          ],
        },
      }, { platformVersion: undefined }],
      [{}, { definition: { networkMode: "bridge" } }, { network: undefined }],
      [{}, { ecsExec: "No" }, { executeCommand: false }],
      [{ generation: 1 }, {}, { executeCommand: false }],
    ] as unknown as [Partial<RunCall>, object, Partial<StartRequest>][]
  ) {
    const { run, requests } = start(call, more);
    await run;
    for (const [key, value] of Object.entries(wanted)) {
      assert.equal(requests[0]?.[key as keyof StartRequest], value, key);
    }
  }
});

Deno.test("nothing is started, or written down, for what cannot run", async () => {
  for (
    const [call, more, status, why] of [
      [{ command: undefined }, {}, 400, /Command is missing/],
      [{}, { definition: { containers: [] } }, 409, /has no container/],
      [
        {},
        { definition: { osFamily: "WINDOWS_SERVER_2022_CORE" } },
        409,
        /is for Windows/,
      ],
      [
        {},
        { definition: { taskRoleArn: undefined } },
        409,
        /has no task role, which ECS Exec needs/,
      ],
      [
        {},
        {
          definition: {
            containers: [{
              ...CONTAINER,
              entryPoint: ["sh", "-c", "exec app"],
            }],
          },
        },
        409,
        /runs a script of its own/,
      ],
      [{ command: "x".repeat(9_000) }, {}, 400, /./],
    ] as unknown as [Partial<RunCall>, object, number, RegExp][]
  ) {
    const { run, requests, entries } = start(call, more);
    await assert.rejects(
      run,
      (error: Refusal) =>
        error instanceof Refusal && error.status === status &&
        why.test(error.message),
    );
    assert.deepEqual([requests, entries], [[], []]);
  }
});

Deno.test("a run that cannot be written down is not started; one that AWS did not start has failed", async () => {
  const refused = start({}, {
    audit: () => Promise.reject(new AuditRefusal()),
  });
  await assert.rejects(refused.run, AuditRefusal);
  assert.deepEqual(refused.requests, []);
  const { run } = start({}, {
    answer: { tasks: [], failures: [{ reason: "RESOURCE:MEMORY" }] },
  });
  await assert.rejects(
    run,
    (error: PortholeError) => error.code === "task_not_started",
  );
});
