import assert from "node:assert/strict";
import type { Service, TaskDefinition } from "../../../src/access/access.ts";
import type { RunInvocation } from "../../../src/args/invocation.ts";
import { prepareRun } from "../../../src/commands/run/prepare_run.ts";
import type { Config } from "../../../src/config/config.ts";
import type { Deps } from "../../../src/deps.ts";
import { PortholeError } from "../../../src/errors.ts";
import { parse } from "../../args/parse.ts";
import { fakeAccess } from "../../target/fake_access.ts";

const DEFAULT = { kind: "default" } as const;
const SERVICE: Service = {
  name: "web",
  arn: "arn:aws:ecs:us-east-1:1:service/main/web",
  clusterArn: "arn:aws:ecs:us-east-1:1:cluster/main",
  status: "ACTIVE",
  desired: 1,
  running: 1,
  pending: 0,
  taskDefinitionArn: "arn:aws:ecs:us-east-1:1:task-definition/web:7",
  executeCommandEnabled: true,
  launchType: "FARGATE",
  capacityProviderStrategy: [],
  platformVersion: "LATEST",
  network: { subnets: ["s-1"], securityGroups: [], assignPublicIp: false },
  deploymentController: "ECS",
  deployments: [],
  events: [],
};

function define(arn: string): TaskDefinition {
  const part = {
    essential: true,
    environment: [],
    secrets: [],
    readonlyRootFilesystem: false,
    initProcessEnabled: true,
  };
  return {
    arn,
    networkMode: "awsvpc",
    taskRoleArn: "arn:aws:iam::1:role/web",
    containers: [{ ...part, name: "app" }, { ...part, name: "proxy" }],
  };
}

/** Prepares `run web …` for a service and a task definition that differ so from the usual ones. */
async function prepare(
  words: readonly string[],
  { service, definition, config, files = {}, role = true }: {
    service?: Partial<Service>;
    definition?: Partial<TaskDefinition>;
    config?: Partial<Config>;
    files?: Readonly<Record<string, string>>;
    role?: boolean;
  } = {},
) {
  const asked: string[] = [];
  const prepared = await prepareRun(
    parse(["run", "web", ...words]) as RunInvocation,
    {
      config: {
        files: [],
        cluster: { value: "main", source: DEFAULT },
        service: { value: "web", source: DEFAULT },
        timeoutMs: { value: 0, source: DEFAULT },
        via: { value: "auto", source: DEFAULT },
        session: { value: "auto", source: DEFAULT },
        ...config,
      },
      access: fakeAccess({
        describeService: (_, name, options) => {
          asked.push(`${name} ${options?.tags ? "with" : "without"} tags`);
          return Promise.resolve({ ...SERVICE, ...service });
        },
        describeTaskDefinition: (name) => {
          asked.push(name);
          const { taskRoleArn, ...rest } = define(name);
          return Promise.resolve({
            ...rest,
            ...(role && taskRoleArn ? { taskRoleArn } : {}),
            ...definition,
          });
        },
      }),
      deps: {
        stdin: { isTerminal: false },
        stderr: { isTerminal: false },
        env: () => undefined,
        readTextFile: (path: string) =>
          files[path] === undefined
            ? Promise.reject(new Deno.errors.NotFound())
            : Promise.resolve(files[path]),
      } as unknown as Deps,
      log: {
        debug() {},
        info() {},
        warn() {},
        withPrefix: (): never => {
          throw new Error("not expected");
        },
        hush() {},
        isQuiet: () => false,
      },
    },
  );
  return { ...prepared, asked };
}

async function refusal(
  ...args: Parameters<typeof prepare>
): Promise<PortholeError> {
  const error = await prepare(...args).catch((error) => error);
  assert.ok(error instanceof PortholeError, String(error));
  return error;
}

Deno.test("a task is like its service's, held open by a command of ours", async () => {
  const { request, route, container } = await prepare(["--", "ls"]);
  const { overrides, startedBy, clientToken, ...rest } = request;
  assert.deepEqual(rest, {
    cluster: SERVICE.clusterArn,
    taskDefinitionArn: SERVICE.taskDefinitionArn,
    count: 1,
    launchType: "FARGATE",
    capacityProviderStrategy: [],
    platformVersion: "LATEST",
    network: SERVICE.network,
    executeCommand: true,
    tags: [],
    propagateTags: false,
  });
  const [held] = overrides.containerOverrides ?? [];
  assert.equal(held?.name, "app");
  assert.match(held?.command?.at(-1) ?? "", /^sleep 3600 &/);
  assert.match(startedBy, /^porthole-[\w-]{18}$/);
  assert.notEqual(
    clientToken,
    (await prepare(["--", "ls"])).request.clientToken,
  );
  assert.equal(route?.kind, "ecs_exec");
  assert.equal(container.name, "app");
});

Deno.test("capacity providers take the launch type's place; other machines have no platform", async () => {
  const strategy = [{ name: "my-instances", weight: 1, base: 0 }];
  const { request } = await prepare(["--", "ls"], {
    service: { capacityProviderStrategy: strategy },
    definition: { networkMode: "bridge" },
  });
  assert.deepEqual(request.capacityProviderStrategy, strategy);
  assert.equal(request.platformVersion, undefined);
  assert.equal(request.network, undefined);
  const spot = await prepare(["--", "ls"], {
    service: {
      capacityProviderStrategy: [{ name: "FARGATE_SPOT", weight: 1, base: 0 }],
    },
  });
  assert.equal(spot.request.platformVersion, "LATEST");
});

Deno.test("another task definition, and another revision", async () => {
  const named = async (...words: string[]) =>
    (await prepare([...words, "--", "ls"])).asked.at(-1);
  assert.equal(await named(), SERVICE.taskDefinitionArn);
  assert.equal(await named("--revision", "3"), "web:3");
  assert.equal(await named("--revision", "latest"), "web");
  assert.equal(await named("--task-definition", "job:2"), "job:2");
  assert.equal(
    await named("--task-definition", "job", "--revision", "2"),
    "job:2",
  );
});

Deno.test("a detached task runs the words itself, or what it always does", async () => {
  const words = await prepare(["-d", "--count", "2", "--", "ls", "-la"]);
  assert.deepEqual(words.request.overrides.containerOverrides, [
    { name: "app", command: ["ls", "-la"] },
  ]);
  assert.equal(words.request.count, 2);
  assert.equal(words.route, undefined);
  const line = await prepare(["-d", "--command", "a | b"]);
  assert.deepEqual(line.request.overrides.containerOverrides?.[0]?.command, [
    "sh",
    "-c",
    "a | b",
  ]);
  assert.deepEqual((await prepare(["-d"])).request.overrides, {});
});

Deno.test("--replace-entrypoint takes the command into the copy", async () => {
  const { request, entryPoint } = await prepare([
    "--replace-entrypoint",
    "-e",
    "A=1",
    "--",
    "ls",
  ]);
  assert.equal(entryPoint?.[0], "sh");
  assert.deepEqual(request.overrides.containerOverrides, [
    { name: "app", environment: [{ name: "A", value: "1" }] },
  ]);
});

Deno.test("a service's tags are asked for and copied, but AWS's own", async () => {
  const { request, asked } = await prepare(
    ["--propagate-tags", "service", "--tags", "a=2", "--", "ls"],
    {
      service: {
        tags: [
          { key: "a", value: "1" },
          { key: "b", value: "1" },
          { key: "aws:cloudformation:stack-name", value: "x" },
        ],
      },
    },
  );
  assert.equal(asked[0], "web with tags");
  assert.deepEqual(request.tags, [
    { key: "a", value: "2" },
    { key: "b", value: "1" },
  ]);
  assert.equal((await prepare(["--", "ls"])).asked[0], "web without tags");
});

Deno.test("what cannot work is refused before anything starts", async () => {
  const no = { value: "No", source: DEFAULT } as const;
  const fargate = await refusal(["--", "ls"], { config: { ecsExec: no } });
  assert.equal(fargate.code, "exec_not_enabled");
  const detached = await prepare(["-d"], { config: { ecsExec: no } });
  assert.equal(detached.request.executeCommand, false);

  const windows = { definition: { osFamily: "WINDOWS_SERVER_2022_CORE" } };
  assert.match((await refusal(["--", "ls"], windows)).message, /for Windows$/);
  assert.equal((await prepare(["-d"], windows)).container.name, "app");

  const container = await refusal(["-c", "ap", "--", "ls"]);
  assert.equal(container.code, "container_not_found");
  assert.equal(container.hint, 'did you mean "app"?');

  const file = (command: boolean) => ({
    files: {
      "o.json": JSON.stringify({
        containerOverrides: [
          { name: "app", ...(command ? { command: ["x"] } : {}) },
        ],
      }),
    },
  });
  const words = ["--overrides-file", "o.json"];
  assert.match(
    (await refusal([...words, "--", "ls"], file(true))).message,
    /for a session, porthole keeps the container open with a command of its own$/,
  );
  assert.match(
    (await refusal([...words, "-d", "--", "ls"], file(true))).message,
    /each of them gives a command$/,
  );
  assert.ok(await prepare([...words, "-d"], file(true)));
  assert.ok(await prepare([...words, "--", "ls"], file(false)));
  const missing = await refusal([...words, "--", "ls"]);
  assert.deepEqual([missing.code, missing.message], [
    "io_failed",
    'Cannot read "o.json": there is no such file',
  ]);
});

Deno.test("without a task role there is no ECS Exec, and so no session through it", async () => {
  const yes = { value: "Yes", source: DEFAULT } as const;
  const no = { value: "No", source: DEFAULT } as const;
  const error = await refusal(["--", "ls"], { role: false });
  assert.equal(error.code, "task_not_started");
  assert.match(error.message, /"web:7" with ECS Exec: that needs a task role/);
  await refusal(["-d"], { role: false, config: { ecsExec: yes } });
  const detached = await prepare(["-d"], { role: false });
  assert.equal(detached.request.executeCommand, false);
  const lent = await prepare(["--overrides-file", "o.json", "--", "ls"], {
    role: false,
    files: { "o.json": '{"taskRoleArn": "arn:role"}' },
  });
  assert.equal(lent.request.executeCommand, true);
  const onInstance = await prepare(["--", "ls"], {
    role: false,
    service: { launchType: "EC2" },
    config: { ecsExec: no },
  });
  assert.equal(onInstance.route?.kind, "docker");
});
