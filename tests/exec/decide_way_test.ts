import assert from "node:assert/strict";
import type { Container, Task } from "../../src/access/access.ts";
import {
  chooseWay,
  decideSession,
  routeTo,
} from "../../src/exec/decide_way.ts";
import type { Ground } from "../../src/exec/prepare_ground.ts";
import { container, fakeAccess, task } from "../target/fake_access.ts";
import { recordLog } from "./fake_log.ts";

interface Case {
  readonly via?: "auto" | "ecs-exec" | "docker";
  readonly dockerHost?: string;
  readonly interactive?: boolean;
  readonly invocation?: Readonly<Record<string, unknown>>;
  readonly task?: Partial<Task>;
  readonly agent?: Container["agent"];
}

function setUp(
  {
    via = "auto",
    dockerHost,
    interactive = false,
    invocation = {},
    agent = { status: "RUNNING" },
    ...parts
  }: Case = {},
) {
  let chosen = 0;
  const unset = { source: { kind: "default" } };
  const held = { ...container("app"), agent };
  const target = {
    cluster: "main",
    service: "web",
    task: task("1", {
      launchType: "EC2",
      executeCommandEnabled: true,
      containers: [held],
      ...parts.task,
    }),
    container: held,
    notes: [],
  };
  const ground = {
    invocation: { env: [], privileged: false, ...invocation },
    config: {
      via: { value: via, ...unset },
      ...(dockerHost && { dockerHost: { value: dockerHost, ...unset } }),
      session: { value: "auto", ...unset },
    },
    streams: { interactive, stdin: false },
    access: fakeAccess({}),
    chooseClient: () => {
      chosen++;
      return Promise.resolve({ kind: "builtin", because: "asked" });
    },
  } as unknown as Ground;
  return { ground, target, chosen: () => chosen };
}

Deno.test("ECS Exec: a client is chosen, streams are merged, and what is known is taken down", async () => {
  const { ground, target, chosen } = setUp();
  const { log, said } = recordLog();
  const facts: unknown[] = [];
  const { way } = await decideSession(
    ground,
    { target, log },
    (fact) => facts.push(Object.keys(fact).join()),
  );
  assert.deepEqual(
    [way.route.kind, way.client.kind, way.stderr, way.keepAlive],
    ["ecs_exec", "builtin", "merge", false],
  );
  assert.deepEqual([facts, chosen(), said], [
    ["route", "carrier,stderr"],
    1,
    [],
  ]);
});

Deno.test("Docker: no client is looked for, streams are apart, and a line says that it is Docker", async () => {
  const { ground, target, chosen } = setUp({ via: "docker" });
  const { log, said } = recordLog();
  const { way } = await decideSession(ground, { target, log }, () => {});
  assert.deepEqual(
    [way.route.kind, way.client.kind, way.stderr, way.onInstance, chosen()],
    ["docker", "docker", "split", false, 0],
  );
  assert.equal(said.length, 1);
  assert.match(said[0]!, /^warn: /);
});

Deno.test("Docker from a shell of the instance is carried by Session Manager's client", async () => {
  const { ground, target, chosen } = setUp({
    via: "docker",
    dockerHost: "ssm",
  });
  const route = await routeTo(target, ground);
  const way = await chooseWay(ground, route, false);
  assert.deepEqual([way.onInstance, way.client.kind, chosen()], [
    true,
    "builtin",
    1,
  ]);
});

Deno.test("a terminal has one stream, and its session is kept alive, whatever the route", async () => {
  for (const via of ["docker", "ecs-exec"] as const) {
    const { ground, target } = setUp({ via, interactive: true });
    const way = await chooseWay(ground, await routeTo(target, ground), false);
    assert.deepEqual([way.stderr, way.keepAlive], ["merge", true]);
  }
});

Deno.test("what was typed wins over what is the custom of a route", async () => {
  const { ground, target } = setUp({
    via: "docker",
    invocation: { stderr: "merge", keepAlive: true },
  });
  const way = await chooseWay(ground, await routeTo(target, ground), false);
  assert.deepEqual([way.stderr, way.keepAlive], ["merge", true]);
});

Deno.test("--privileged is Docker's alone: a usage error on any other route", async () => {
  const { ground, target } = setUp({ invocation: { privileged: true } });
  await assert.rejects(
    chooseWay(ground, await routeTo(target, ground), false),
    { code: "usage", message: /"--privileged" through ECS Exec/ },
  );
});

Deno.test("a Windows task is known by its platform", async () => {
  const { ground, target } = setUp({
    task: { platformFamily: "Windows_Server_2022_Core" },
  });
  const { log } = recordLog();
  const { way } = await decideSession(ground, { target, log }, () => {});
  assert.equal(way.windows, true);
});

Deno.test("an agent that has stopped: AWS is asked why, and Docker is named where there is a daemon", async () => {
  const { ground, target } = setUp({ agent: { status: "STOPPED" } });
  const error = await routeTo(target, ground).catch((error) => error);
  assert.equal(error.code, "agent_not_running");
  assert.match(error.hint, /--via docker/);
  const { calls } = ground.access as ReturnType<typeof fakeAccess>;
  assert.ok(calls.includes("describeTaskDefinition"), calls.join());

  const fargate = setUp({
    agent: { status: "STOPPED" },
    task: { launchType: "FARGATE" },
  });
  await assert.rejects(
    routeTo(fargate.target, fargate.ground),
    ({ hint }: { readonly hint?: string }) => !hint?.includes("--via docker"),
  );
});

Deno.test("a task without ECS Exec and without a daemon has no route, and AWS is not asked why", async () => {
  const { ground, target } = setUp({
    task: { launchType: "FARGATE", executeCommandEnabled: false },
  });
  await assert.rejects(routeTo(target, ground), { code: "exec_not_enabled" });
  assert.deepEqual((ground.access as ReturnType<typeof fakeAccess>).calls, []);
});
